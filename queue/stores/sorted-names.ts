import { compareUtf8 } from '../core/utf8-order.ts';

/** A chunk splits in two beyond this: small enough to splice, large enough that half a million names are some thousand chunks. */
const MAX_CHUNK = 512;

/** Where a name stands: `chunk` and `index` within it. One past the end of a set is `{ chunk: number of chunks, index: 0 }`. */
interface Place {
  chunk: number;
  index: number;
}

/**
 * A set of names in order of their UTF-8 bytes, for hundreds of thousands of them: an array of sorted, non-empty chunks. Finding is
 * two binary searches; inserting and deleting move at most one chunk.
 */
export class SortedNames {
  readonly #chunks: string[][] = [];

  insert(name: string): void {
    const place = this.#first((other) => compareUtf8(other, name) >= 0);
    // A name that belongs before a chunk's first goes to the end of the chunk before it, so that rising names fill chunks up.
    if (place.index === 0 && place.chunk > 0) {
      place.chunk -= 1;
      place.index = this.#chunks[place.chunk]?.length ?? 0;
    }
    const chunk = this.#chunks[place.chunk];
    if (chunk === undefined) {
      this.#chunks.push([name]);
      return;
    }
    chunk.splice(place.index, 0, name);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(place.chunk + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }

  delete(name: string): void {
    const place = this.#first((other) => compareUtf8(other, name) >= 0);
    const chunk = this.#chunks[place.chunk];
    if (chunk === undefined || chunk[place.index] !== name) return;
    chunk.splice(place.index, 1);
    if (chunk.length === 0) this.#chunks.splice(place.chunk, 1);
  }

  /**
   * The names from the first one on that `isReached` accepts, in order. `isReached` must be monotone: once true of a name, true of
   * all behind it. The set may not change while they are taken.
   */
  *from(isReached: (name: string) => boolean): Generator<string, void, undefined> {
    const start = this.#first(isReached);
    for (let i = start.chunk; i < this.#chunks.length; i++) {
      const names = this.#chunks[i] ?? [];
      for (let j = i === start.chunk ? start.index : 0; j < names.length; j++) yield names[j] as string;
    }
  }

  #first(isReached: (name: string) => boolean): Place {
    // The first chunk whose last name is reached holds the first reached name.
    const chunk = partition(this.#chunks, (names) => isReached(names.at(-1) ?? ''));
    return { chunk, index: partition(this.#chunks[chunk] ?? [], isReached) };
  }
}

/** The index of the first value that `isReached` accepts, or the length. */
function partition<T>(values: readonly T[], isReached: (value: T) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = values[middle];
    if (value === undefined || isReached(value)) high = middle;
    else low = middle + 1;
  }
  return low;
}
