import { seededRandom } from '../../services/testing/seeded-random.ts';
import type { Random } from '../../queue/ports/random.ts';

/** Chance in the words of a simulation. The same seed throws the same. */
export class Dice {
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.random.unit() < probability;
  }

  /** A whole number from `least` to `most`, both included, each as likely. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random.unit() * (most - least + 1));
  }

  /** A whole number from `least` (at least 1) to `most`, small ones far more often: each order of magnitude as likely. */
  spread(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.random.unit());
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)] as T;
  }

  /** One of the names, as often as its weight says. */
  weigh<K extends string>(weights: Readonly<Record<K, number>>): K {
    const names = Object.keys(weights) as K[];
    let left = this.random.unit() * names.reduce((sum, name) => sum + weights[name], 0);
    return names.find((name) => (left -= weights[name]) < 0) ?? (names.at(-1) as K);
  }
}
