import { type Objects } from './bucket.ts';
import { type Rename, renameAnswer, renameObject, renameOperation } from './names.ts';
import { type Actor, LASTING, type State, type Wish } from './state.ts';
import type { World } from './world.ts';

interface NamedBucket {
  readonly name: string;
  /** What the generations in it are called. */
  readonly generations: ReadonlyMap<string, string>;
}

/**
 * Gives equal names to states that differ in nothing that matters, and to no others: generations are counted through in the order in
 * which they are come across, and tasks of one sort stand in order of what they are doing. Long texts are kept once and named by
 * a number.
 */
export class Naming {
  /** The tasks, those of one sort together. */
  readonly #sorts: readonly (readonly number[])[];
  readonly #texts = new Map<string, number>();
  readonly #buckets = new WeakMap<Objects, NamedBucket>();

  constructor(world: World) {
    const sorts = new Map<string, number[]>();
    for (const [who, task] of world.tasks.entries()) sorts.set(task.sort, [...(sorts.get(task.sort) ?? []), who]);
    this.#sorts = [...sorts.values()];
  }

  /** The name of a state, and of its bucket alone. */
  of(state: State): { readonly state: string; readonly bucket: string } {
    const bucket = this.#bucket(state.objects);
    const others = new Map<string, string>();
    // What does not lie in the bucket and is not lasting can never be met again: all such are alike.
    const rename = (generation: string) => {
      const inBucket = bucket.generations.get(generation);
      if (inBucket !== undefined) return inBucket;
      return generation.startsWith(LASTING) ? nameIn(others, generation, '-') : '0';
    };
    const parts = [bucket.name];
    for (const sort of this.#sorts) {
      const doing = sort.map(
        (who) => this.#actor(state.actors[who] as Actor, rename) + letter(state.wishes[who] as Wish),
      );
      parts.push(doing.length > 1 ? doing.sort().join('|') : (doing[0] as string));
    }
    const late = state.late.map(({ operation, known, run }) => {
      const behind = run && [rename(run.lease), run.outcome];
      return [renameOperation(operation, rename), known.map(rename), behind];
    });
    if (late.length > 0) parts.push(this.#short(JSON.stringify(late)));
    parts.push(`${state.passed}.${state.faultsLeft}.${state.failuresLeft}`);
    for (const [key, { total, inARow }] of state.failures) parts.push(`${key}${total}-${inARow}`);
    return { state: parts.join('|'), bucket: bucket.name };
  }

  #bucket(objects: Objects): NamedBucket {
    const known = this.#buckets.get(objects);
    if (known) return known;
    const generations = new Map<string, string>();
    const renamed = objects.map((object) => renameObject(object, (generation) => nameIn(generations, generation, '')));
    const bucket = { name: this.#short(JSON.stringify(renamed)), generations };
    this.#buckets.set(objects, bucket);
    return bucket;
  }

  #actor(actor: Actor, rename: Rename): string {
    if (actor.kind === 'ended') return 'e';
    if (actor.kind === 'idle') return `i${actor.round}`;
    const slow = actor.slow.map(({ id, answer, sincePassed }) => [id, renameAnswer(answer, rename), sincePassed]);
    const tail = slow.length > 0 ? `/${this.#short(JSON.stringify(slow))}` : '';
    return `${actor.node.id}:${actor.known.map(rename).join(',')}${tail}`;
  }

  #short(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return String(known);
    this.#texts.set(text, this.#texts.size);
    return String(this.#texts.size - 1);
  }
}

function nameIn(names: Map<string, string>, generation: string, prefix: string): string {
  const known = names.get(generation);
  if (known !== undefined) return known;
  const name = `${prefix}${names.size + 1}`;
  names.set(generation, name);
  return name;
}

function letter({ called, acknowledged, started, wasNowhere }: Wish): string {
  // A wish that came true is no one's concern any more.
  if (started) return 's';
  return String(Number(called) + 2 * Number(acknowledged) + 4 * Number(wasNowhere));
}
