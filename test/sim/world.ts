import { silentJournal } from '../../catalogue/events.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { QueueContext } from '../../queue/context.ts';
import { Bucket, type Change } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import { Process } from '../support/process.ts';
import { Dice } from './dice.ts';
import { onDead, onLeased, onQueued } from './laws-of-keys.ts';
import { onLock } from './laws-of-locks.ts';
import { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import { MOST_SKEW_MS, SimClock, skewedClock } from './sim-clock.ts';
import { Trace } from './trace.ts';
import { behindWeather, Weather } from './weather.ts';

/** A process of the simulation, with its own clock and its own way to the bucket. */
export interface Machine {
  readonly name: string;
  readonly process: Process;
  readonly context: QueueContext;
  /** It is cut off from the bucket. */
  cut: boolean;
  /** How far its wall clock is ahead of true time. */
  skewMs: number;
}

/** Where it all happens: one bucket, true time, the weather, and the laws that see every write. */
export class World {
  readonly plan: Plan;
  readonly dice: Dice;
  readonly clock = new SimClock();
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly weather: Weather;
  readonly bucket: Bucket;
  #machines = 0;
  /** Whose request is being carried out. */
  #writer = '';

  constructor(plan: Plan) {
    this.plan = plan;
    this.dice = new Dice(plan.seed + 1_000_003);
    this.trace = new Trace(this.clock);
    this.ledger = new Ledger(plan, this.clock, this.trace);
    this.weather = new Weather(plan, this.dice);
    this.bucket = new Bucket({ clock: this.clock, rateLimit: plan.rateLimit });
    this.bucket.subscribe((change) => this.#judge(change));
  }

  /** Starts a process. Dispatchers have a `#` in their names. */
  machine(name: string): Machine {
    const { clock, dice, weather } = this;
    const skew = dice.between(-MOST_SKEW_MS, MOST_SKEW_MS);
    const store = behindWeather(memoryStore({ bucket: this.bucket, clock }), {
      clock,
      weather,
      cut: () => machine.cut,
      arriving: () => (this.#writer = name),
    });
    const process = new Process({ clock: skewedClock(clock, () => machine.skewMs), store });
    const random = seededRandom(this.plan.seed * 10_007 + ++this.#machines);
    const context = { store: process.store, clock: process.clock, random, journal: silentJournal };
    const machine: Machine = { name, process, context, cut: false, skewMs: skew };
    return machine;
  }

  /** Objects in the bucket below these prefixes. */
  count(...prefixes: readonly string[]): number {
    let count = 0;
    for (const { name } of this.bucket.objects()) if (prefixes.some((prefix) => name.startsWith(prefix))) count++;
    return count;
  }

  /** Names of the dead letters' keys. */
  deadKeys(): string[] {
    const names = [...this.bucket.objects()].map(({ name }) => name);
    return names
      .filter((name) => name.startsWith(PREFIX.deadLetter))
      .map((name) => name.slice(PREFIX.deadLetter.length));
  }

  #apply(law: Law, subject: string, change: Change): void {
    try {
      law(this.ledger, subject, change, this.#writer);
    } catch (error) {
      // Thrown on, it would be taken for a failed request.
      this.trace.breach(`a law can be judged, but ${String(error)}`, subject);
    }
  }

  #judge(change: Change): void {
    const { name, generation, metageneration, metadata } = change.object;
    const detail = change.kind === 'delete' ? '' : JSON.stringify(metadata);
    this.trace.note(this.#writer, change.kind, name, `${generation}.${metageneration} ${detail}`);
    for (const [prefix, law] of LAWS) {
      if (name.startsWith(prefix)) this.#apply(law, name.slice(prefix.length), change);
    }
  }
}

type Law = (ledger: Ledger, subject: string, change: Change, writer: string) => void;

const LAWS: readonly (readonly [prefix: string, law: Law])[] = [
  [PREFIX.queued, onQueued],
  [PREFIX.inProgress, onLeased],
  [PREFIX.deadLetter, onDead],
  [PREFIX.dispatchers, onLock],
];
