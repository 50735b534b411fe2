import type { Outcome } from '../../../queue/core/outcome.ts';
import { type Delivery, Execution, type Program, type Seam, type Told } from './execution.ts';
import type { Operation } from './operation.ts';

/** A process at rest, after one history of deliveries. */
export interface Node {
  readonly id: number;
  readonly parked: ReadonlyMap<number, Operation>;
  /** What the last delivery made it tell. */
  readonly told: readonly Told[];
  readonly ended: boolean;
  readonly nextTimerMs: number;
  readonly trustedUntilMs: number;
  /** What the reconciler last answered about each key, and under which lease. */
  readonly answers: Answers;
}

/** By key. Generations of leases as the process knows them. */
export type Answers = ReadonlyMap<string, AnsweredRun>;

export interface AnsweredRun {
  readonly lease: string;
  readonly outcome: Outcome['kind'];
}

const NONE: Answers = new Map();

interface Inner extends Node {
  readonly parent: Inner | undefined;
  readonly delivery: Delivery | undefined;
  readonly children: Map<string, Inner>;
  readonly root: Root;
}

interface Root {
  readonly program: Program;
  readonly nowMs: number;
  readonly identity: { readonly round: number; readonly rank: number; readonly seam?: Seam | undefined };
}

/** Executions that are kept at the node that they have reached; of others, the history is replayed. */
const MOST_LIVE = 30_000;

/**
 * The real code of the processes, unfolded: for each history of answers, what the process asks next.
 *
 * A process is a function of what it was answered, so its code runs once for each history instead of once for each schedule. All
 * else is a walk over data.
 */
export class Unfolding {
  readonly #roots = new Map<string, Inner>();
  readonly #live = new Map<Inner, Execution>();
  #ids = 0;
  /** How often real code was run up to its next request. */
  runs = 0;

  get size(): number {
    return this.#ids;
  }

  async root(name: string, root: Root): Promise<Node> {
    const name_ = `${name}@${root.nowMs}`;
    const known = this.#roots.get(name_);
    if (known) return known;
    const execution = await this.#start(root);
    const node = this.#node(execution, root, undefined, undefined);
    this.#roots.set(name_, node);
    return node;
  }

  /** The node after one more delivery. A plain value if that is known, so that most of a walk waits for nothing. */
  next(node: Node, delivery: Delivery): Node | Promise<Node> {
    const inner = node as Inner;
    const label = JSON.stringify(delivery);
    return inner.children.get(label) ?? this.#extend(inner, label, delivery);
  }

  async #extend(inner: Inner, label: string, delivery: Delivery): Promise<Node> {
    const execution = await this.#take(inner);
    await execution.deliver(delivery);
    this.runs++;
    const child = this.#node(execution, inner.root, inner, delivery);
    inner.children.set(label, child);
    return child;
  }

  #node(execution: Execution, root: Root, parent: Inner | undefined, delivery: Delivery | undefined): Inner {
    const { told, ended, nextTimerMs, trustedUntilMs } = execution;
    const parked = new Map(execution.parked);
    const answers = answersAfter(parent, delivery);
    const node = { id: this.#ids++, parked, told, ended, nextTimerMs, trustedUntilMs, answers };
    const inner: Inner = { ...node, root, parent, delivery, children: new Map() };
    this.#keep(inner, execution);
    return inner;
  }

  /** An execution that stands at the node, for the caller to lead on. */
  async #take(node: Inner): Promise<Execution> {
    const live = this.#live.get(node);
    if (live) {
      this.#live.delete(node);
      return live;
    }
    const history: Delivery[] = [];
    for (let at = node; at.parent && at.delivery; at = at.parent) history.push(at.delivery);
    const execution = await this.#start(node.root);
    for (const delivery of history.reverse()) {
      await execution.deliver(delivery);
      this.runs++;
    }
    return execution;
  }

  #start(root: Root): Promise<Execution> {
    this.runs++;
    return Execution.start(root.program, root.nowMs, root.identity);
  }

  #keep(node: Inner, execution: Execution): void {
    if (execution.ended) return;
    this.#live.set(node, execution);
    if (this.#live.size <= MOST_LIVE) return;
    const [oldest] = this.#live.keys();
    if (oldest) this.#live.delete(oldest);
  }
}

function answersAfter(parent: Inner | undefined, delivery: Delivery | undefined): Answers {
  const before = parent?.answers ?? NONE;
  const run = delivery?.kind === 'answer' ? parent?.parked.get(delivery.id) : undefined;
  if (run?.op !== 'process' || delivery?.kind !== 'answer') return before;
  const { outcome } = delivery.answer as { outcome: Outcome };
  return new Map(before).set(run.key, { lease: run.lease, outcome: outcome.kind });
}
