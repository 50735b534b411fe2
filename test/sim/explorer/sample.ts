import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { choicesIn, type Choice } from './choices.ts';
import { Drains } from './drain.ts';
import { firstState, retrace, type Violation } from './explore.ts';
import { problemAfterCrash, problemAt, problemAtEnd } from './invariants.ts';
import { Naming } from './naming.ts';
import type { State } from './state.ts';
import { take } from './step.ts';
import { Unfolding } from './unfolding.ts';
import type { World } from './world.ts';

export interface Sampled {
  readonly schedules: number;
  readonly steps: number;
  readonly violation?: Violation & { readonly seed: number };
}

/** Walks one schedule for each seed, to its end: for worlds that are too large to be exhausted. */
export class Sampler {
  readonly #world: World;
  readonly #unfolding = new Unfolding();
  readonly #drains: Drains;
  readonly #naming: Naming;

  constructor(world: World) {
    this.#world = world;
    this.#drains = new Drains(world);
    this.#naming = new Naming(world);
  }

  async walk(firstSeed: number, seeds: number): Promise<Sampled> {
    let steps = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const random = seededRandom(seed);
      const walked = await this.#follow((choices) => choices[Math.floor(random.unit() * choices.length)]);
      steps += walked.path.length;
      if (walked.problem === undefined) continue;
      const path = await this.#shorten(walked.path);
      const { problem } = await this.#replay(path);
      const first = await firstState(this.#world, this.#unfolding);
      const trace = await retrace(this.#world, this.#unfolding, first, path);
      return { schedules: seed - firstSeed + 1, steps, violation: { seed, problem: problem ?? walked.problem, trace } };
    }
    return { schedules: seeds, steps };
  }

  /** Leaves out of a schedule what the violation does not need, one step at a time, until nothing more can go. */
  async #shorten(path: readonly Choice[]): Promise<readonly Choice[]> {
    for (let at = path.length - 1; at >= 0; at--) {
      const shorter = await this.#replay(path.toSpliced(at, 1));
      if (shorter.problem !== undefined) return this.#shorten(shorter.path);
    }
    return path;
  }

  /** Makes the choices of a path in turn, but for those that are not open where it has come to. */
  #replay(path: readonly Choice[]) {
    const left = [...path];
    return this.#follow((choices) => {
      for (let wanted = left.shift(); wanted; wanted = left.shift()) {
        const open = choices.find((choice) => JSON.stringify(choice) === JSON.stringify(wanted));
        if (open) return open;
      }
      return undefined;
    });
  }

  async #follow(choose: (choices: readonly Choice[]) => Choice | undefined) {
    const path: Choice[] = [];
    let state: State = await firstState(this.#world, this.#unfolding);
    for (;;) {
      const choices = choicesIn(this.#world, state);
      const choice = choose(choices);
      if (!choice) return { path, problem: choices.length === 0 ? problemAtEnd(this.#world, state) : undefined };
      path.push(choice);
      const step = await take(this.#world, this.#unfolding, state, choice);
      const drained = await this.#drains.of(this.#naming.of(step.state).bucket, step.state);
      const problem = problemAt(this.#world, state, step) ?? problemAfterCrash(step.state, drained);
      if (problem !== undefined) return { path, problem };
      state = step.state;
    }
  }
}
