import { choicesIn, type Choice } from './choices.ts';
import { Drains } from './drain.ts';
import { problemAfterCrash, problemAt, problemAtEnd } from './invariants.ts';
import { Naming } from './naming.ts';
import type { Actor, State, Wish } from './state.ts';
import { showStep } from './show-step.ts';
import { type Step, take } from './step.ts';
import { Unfolding } from './unfolding.ts';
import { START_MS, type World } from './world.ts';

export interface Violation {
  readonly problem: string;
  /** The shortest schedule that leads to it, a line for each step. */
  readonly trace: readonly string[];
}

export interface Explored {
  readonly world: string;
  /** Every schedule was walked. */
  readonly exhausted: boolean;
  readonly states: number;
  readonly steps: number;
  /** Complete schedules: paths from the first state to one in which nothing more can happen. Of an exhausted world only. */
  readonly schedules: number;
  /** The longest one. */
  readonly depth: number;
  /** How often real code was run from one request to the next. */
  readonly runs: number;
  /** Different buckets that were drained. */
  readonly drained: number;
  readonly violation?: Violation;
}

export interface Limits {
  /** Stop after so many states. */
  readonly mostStates?: number;
  readonly progress?: (explored: { states: number; steps: number; waiting: number }) => void;
}

const PROGRESS_EVERY = 50_000;

export async function firstState(world: World, unfolding: Unfolding): Promise<State> {
  const actors: Actor[] = [];
  for (const task of world.tasks) {
    if (task.kind === 'dispatcher') {
      actors.push({ kind: 'idle', round: 0 });
      continue;
    }
    const identity = { round: 0, rank: 0, seam: task.seam };
    const node = await unfolding.root(task.sort, { program: task.program, nowMs: START_MS, identity });
    actors.push({ kind: 'active', round: 0, node, known: [], slow: [] });
  }
  const wishes = world.tasks.map((task): Wish => {
    const none = { called: false, acknowledged: false, started: false, wasNowhere: false };
    if (task.kind === 'caller') return { ...none, wishesFor: task.key, priority: task.priority };
    return task.kind === 'looker' ? { ...none, looksFor: task.key } : none;
  });
  return {
    objects: world.objects,
    actors,
    passed: 0,
    faultsLeft: world.faults,
    failuresLeft: world.failures,
    late: [],
    wishes,
    failures: new Map(),
    drawn: world.objects.length,
  };
}

/**
 * Walks all schedules of a world, breadth first, so that the first violation found is one of the shortest. States of equal name
 * are walked on from once.
 */
export async function explore(world: World, limits: Limits = {}): Promise<Explored> {
  const { mostStates = Number.POSITIVE_INFINITY, progress } = limits;
  const unfolding = new Unfolding();
  const drains = new Drains(world);
  const naming = new Naming(world);
  const ids = new Map<string, number>();
  /** Of each state, the one it was first reached from, and by which choice. */
  const parents: number[] = [];
  const reasons: (Choice | undefined)[] = [];
  const edges: number[] = [];
  const first = await firstState(world, unfolding);
  let layer: { id: number; state: State }[] = [{ id: 0, state: first }];
  ids.set(naming.of(first).state, 0);
  parents.push(-1);
  reasons.push(undefined);

  const report = async (exhausted: boolean, problem?: string, last?: { id: number; choice: Choice | undefined }) => {
    const schedules = exhausted ? countSchedules(ids.size, edges) : { schedules: 0, depth: 0 };
    const trace =
      problem === undefined || !last ? [] : await retrace(world, unfolding, first, pathTo(last.id, last.choice));
    return {
      world: world.name,
      exhausted,
      states: ids.size,
      steps: edges.length / 2,
      ...schedules,
      runs: unfolding.runs,
      drained: drains.size,
      ...(problem === undefined ? {} : { violation: { problem, trace } }),
    };
  };
  const pathTo = (id: number, choice: Choice | undefined): Choice[] => {
    const path = choice ? [choice] : [];
    for (let at = id; reasons[at]; at = parents[at] as number) path.push(reasons[at] as Choice);
    return path.reverse();
  };

  while (layer.length > 0) {
    const nextLayer: typeof layer = [];
    for (const { id, state } of layer) {
      const choices = choicesIn(world, state);
      const stuck = choices.length === 0 ? problemAtEnd(world, state) : undefined;
      if (stuck) return report(false, stuck, { id, choice: undefined });
      for (const choice of choices) {
        const taken = take(world, unfolding, state, choice);
        const step: Step = taken instanceof Promise ? await taken : taken;
        const problem = problemAt(world, state, step);
        if (problem) return report(false, problem, { id, choice });
        const name = naming.of(step.state);
        const known = ids.get(name.state);
        edges.push(id, known ?? ids.size);
        if (known !== undefined) continue;
        const reached = ids.size;
        ids.set(name.state, reached);
        parents.push(id);
        reasons.push(choice);
        const drained = drains.of(name.bucket, step.state);
        const lost = problemAfterCrash(step.state, drained instanceof Promise ? await drained : drained);
        if (lost) return report(false, lost, { id: reached, choice: undefined });
        nextLayer.push({ id: reached, state: step.state });
        if (ids.size % PROGRESS_EVERY === 0) {
          progress?.({ states: ids.size, steps: edges.length / 2, waiting: nextLayer.length });
        }
        if (ids.size >= mostStates) return report(false);
      }
    }
    layer = nextLayer;
  }
  return report(true);
}

/** The path that was found, made again and put into words. */
export async function retrace(
  world: World,
  unfolding: Unfolding,
  first: State,
  path: readonly Choice[],
): Promise<string[]> {
  const lines: string[] = [];
  let state = first;
  for (const choice of path) {
    const step = await take(world, unfolding, state, choice);
    lines.push(showStep(world, state, choice, step));
    state = step.state;
  }
  return lines;
}

/** Paths through the graph of states, which has no cycle: every step uses something up. */
function countSchedules(states: number, edges: readonly number[]): { schedules: number; depth: number } {
  const missing = new Int32Array(states);
  const out: number[][] = Array.from({ length: states }, () => []);
  for (let i = 0; i < edges.length; i += 2) {
    const [from, to] = [edges[i] as number, edges[i + 1] as number];
    out[from]?.push(to);
    missing[to] = (missing[to] ?? 0) + 1;
  }
  const paths = new Float64Array(states);
  const depths = new Int32Array(states);
  paths[0] = 1;
  let [schedules, depth, counted] = [0, 0, 0];
  const ready = [0];
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    counted++;
    const successors = out[at] as number[];
    if (successors.length === 0) schedules += paths[at] as number;
    depth = Math.max(depth, depths[at] as number);
    for (const to of successors) {
      paths[to] = (paths[to] as number) + (paths[at] as number);
      depths[to] = Math.max(depths[to] as number, (depths[at] as number) + 1);
      missing[to] = (missing[to] as number) - 1;
      if (missing[to] === 0) ready.push(to);
    }
  }
  if (counted !== states) throw new Error(`the graph of states has a cycle: counted=${counted} states=${states}`);
  return { schedules, depth };
}
