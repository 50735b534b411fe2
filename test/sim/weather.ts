import { QueueError } from '../../queue/errors.ts';
import { type Clock, sleep } from '../../queue/ports/clock.ts';
import type { ObjectStore, Written } from '../../queue/ports/object-store.ts';
import type { Dice } from './dice.ts';
import type { Plan } from './plan.ts';

type Refused = Exclude<Written, { kind: 'ok' }>;

/** When a client gives a request up. */
const PATIENCE_MS = 20_000;
/** The latest that a request is carried out after its client gave it up. */
const LATEST_MS = 600_000;

/**
 * What happens to a request: `lost answer` = carried out, and nobody learns; `late answer` = carried out at once, and told of long
 * after; `late` = carried out long after it was given up.
 */
type Fate = 'fine' | 'slow' | 'throttled' | 'dropped' | 'lost answer' | 'late answer' | 'late';

/** What the network and the bucket do to requests at present. */
export class Weather {
  readonly dice: Dice;
  readonly latencyMs: number;
  faults: number;
  /** The bucket answers nobody. */
  down = false;

  constructor(plan: Plan, dice: Dice) {
    this.dice = dice;
    this.latencyMs = plan.latencyMs;
    this.faults = plan.faults;
  }

  /** From here on nothing fails. */
  calm(): void {
    this.faults = 0;
    this.down = false;
  }

  fate(cut: boolean): Fate {
    if (this.down || cut) return this.dice.weigh({ dropped: 6, late: 1, 'lost answer': 1 });
    if (!this.dice.chance(this.faults)) return 'fine';
    return this.dice.weigh({ slow: 2, throttled: 2, dropped: 2, 'lost answer': 3, 'late answer': 2, late: 2 });
  }

  /** One way of a request. */
  wayMs(): number {
    return this.dice.spread(1, 2 * this.latencyMs);
  }

  /** One way of a request that meets with an obstacle: up to longer than a lock lives. */
  slowWayMs(): number {
    return this.dice.spread(500, 40_000);
  }
}

/** The way of one process to the bucket. */
export interface Path {
  readonly clock: Clock;
  readonly weather: Weather;
  /** This process is cut off from the bucket. */
  cut(): boolean;
  /** Called just before a request is carried out. */
  arriving(): void;
}

/**
 * A store behind weather: requests take time both ways, are refused, fail, are carried out without an answer, or long after they
 * were given up. `store` has to carry out at once what it is given.
 */
export function behindWeather(store: ObjectStore, path: Path): ObjectStore {
  const { clock, weather } = path;
  const carryOut = <T>(send: () => Promise<T>): Promise<T> => {
    path.arriving();
    return send();
  };
  const giveUp = () => sleep(clock, weather.dice.between(1_000, PATIENCE_MS));
  const answered = async <T>(send: () => Promise<T>, thereMs: number, backMs: number): Promise<T> => {
    await sleep(clock, thereMs);
    const answer = await carryOut(send);
    await sleep(clock, backMs);
    return answer;
  };
  const inTime = <T>(send: () => Promise<T>) => answered(send, weather.wayMs(), weather.wayMs());
  const slowly = <T>(send: () => Promise<T>) => answered(send, weather.slowWayMs(), weather.slowWayMs());
  const answeredLate = <T>(send: () => Promise<T>) => answered(send, weather.wayMs(), weather.slowWayMs());

  async function write<T>(send: () => Promise<T>): Promise<T | Refused> {
    switch (weather.fate(path.cut())) {
      case 'slow':
        return slowly(send);
      case 'late answer':
        return answeredLate(send);
      case 'throttled':
        await sleep(clock, 2 * weather.wayMs());
        return { kind: 'throttled' };
      case 'lost answer':
        clock.after(weather.wayMs(), () => void carryOut(send));
        break;
      case 'late':
        clock.after(weather.dice.spread(100, LATEST_MS), () => void carryOut(send));
        break;
      case 'dropped':
        break;
      default:
        return inTime(send);
    }
    await giveUp();
    return { kind: 'unknown', cause: new Error('no answer') };
  }

  async function read<T>(send: () => Promise<T>): Promise<T> {
    switch (weather.fate(path.cut())) {
      case 'fine':
      case 'throttled':
        return inTime(send);
      case 'slow':
        return slowly(send);
      case 'late answer':
        return answeredLate(send);
      default:
        await giveUp();
        throw new QueueError('unavailable', 'the bucket does not answer');
    }
  }

  return {
    get: (name) => read(() => store.get(name)),
    list: (query) => read(() => store.list(query)),
    put: (name, metadata, condition) => write(() => store.put(name, metadata, condition)),
    copy: (request) => write(() => store.copy(request)),
    patch: (name, changes, pin) => write(() => store.patch(name, changes, pin)),
    delete: (name, pin) => write(() => store.delete(name, pin)),
  };
}
