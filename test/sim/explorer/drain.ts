import { carryOut, type Objects } from './bucket.ts';
import { dispatching } from './dispatching.ts';
import { meet, renameAnswer, renameOperation } from './names.ts';
import { isLasting, isQueueEmpty, LASTING, nowOf, ofKnown, type State } from './state.ts';
import { Unfolding } from './unfolding.ts';
import { DONE, type World } from './world.ts';

/** Any lock has lapsed by then. */
const LATER_MS = 100_000;
/** What cannot be drained in so many rounds of a dispatcher that is alone cannot be drained. */
const MOST_ROUNDS = 6;
const MOST_STEPS = 200;

export interface Drained {
  readonly started: ReadonlySet<string>;
  readonly problem?: string;
}

/**
 * What a fresh dispatcher makes of a bucket, alone, when all others have crashed and their locks have lapsed: it starts every key
 * that is still owed, and leaves nothing queued or leased. Asked of every state.
 */
export class Drains {
  readonly #world: World;
  readonly #unfolding = new Unfolding();
  readonly #known = new Map<string, Drained>();

  constructor(world: World) {
    this.#world = world;
  }

  get size(): number {
    return this.#known.size;
  }

  /** `name`: the same for buckets that differ in names of generations only. */
  of(name: string, state: State): Drained | Promise<Drained> {
    const named = `${name}@${state.passed}`;
    const known = this.#known.get(named);
    if (known) return known;
    return this.#drain(state).then((drained) => {
      this.#known.set(named, drained);
      return drained;
    });
  }

  async #drain(state: State): Promise<Drained> {
    const { regions, concurrency, maxAttempts, passed } = { ...this.#world, passed: state.passed };
    const region = regions[0] as string;
    const program = dispatching({ name: 'Z', region, regions, concurrency, maxAttempts });
    const started = new Set<string>();
    const nowMs = nowOf(this.#world, passed) + LATER_MS;
    let bucket: Bucket = { objects: state.objects, drawn: state.drawn };
    for (let round = 0; !isQueueEmpty(bucket.objects); round++) {
      if (round === MOST_ROUNDS) return { started, problem: 'a dispatcher that is alone does not drain the queue' };
      const root = { program, nowMs, identity: { round, rank: 9 } };
      bucket = await this.#round(bucket, `Z${round}`, root, started);
    }
    return { started };
  }

  async #round(
    from: Bucket,
    name: string,
    root: Parameters<Unfolding['root']>[1],
    started: Set<string>,
  ): Promise<Bucket> {
    const known: string[] = [];
    let { objects, drawn } = from;
    let node = await this.#unfolding.root(name, root);
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const [next] = node.parked;
      if (!next) break;
      const [id, operation] = next;
      let answer: unknown;
      if (operation.op === 'process') {
        started.add(operation.key);
        answer = { outcome: DONE, started: true };
      } else {
        const global = renameOperation(operation, ofKnown(known));
        const written = global.op === 'copy' ? global.to : global.op === 'put' ? global.name : '';
        const effect = carryOut(objects, global, `${isLasting(written) ? LASTING : ''}${++drawn}`);
        objects = effect.objects;
        answer = renameAnswer(effect.answer, (generation) => meet(known, generation));
      }
      node = await this.#unfolding.next(node, { kind: 'answer', id, answer, nowMs: root.nowMs });
    }
    return { objects, drawn };
  }
}

interface Bucket {
  readonly objects: Objects;
  readonly drawn: number;
}
