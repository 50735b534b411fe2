import { compareUtf8 } from './core/utf8-order.ts';
import type { ListQuery, ObjectStore, StoredObject } from './ports/object-store.ts';

/** Ranges that are listed side by side. More gain little, and cost a request each. */
const MOST_RANGES = 8;
/** Pages that make a range of its own worth while. */
const PAGES_PER_RANGE = 2;

/**
 * Lists all objects below a prefix, again and again: the first time page by page, from then on in ranges side by side, cut where the
 * time before showed that they are of about equal length. Each object is met once, in no order.
 */
export class RangedListing {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  /** Names that cut what is listed into ranges, as the last listing saw it. */
  #cuts: readonly string[] = [];

  constructor(store: ObjectStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** Hands on each page as it comes. Throws `QueueError` `unavailable` when the store cannot be read. */
  async list(onPage: (objects: readonly StoredObject[]) => void): Promise<void> {
    const firstNames: string[] = [];
    const edges = [undefined, ...this.#cuts, undefined];
    await Promise.all(
      edges.slice(0, -1).map(async (startOffset, index) => {
        const endOffset = edges[index + 1];
        const query: ListQuery = {
          prefix: this.#prefix,
          ...(startOffset !== undefined && { startOffset }),
          ...(endOffset !== undefined && { endOffset }),
        };
        for await (const objects of pagesOf(this.#store, query)) {
          if (objects[0]) firstNames.push(objects[0].name);
          onPage(objects);
        }
      }),
    );
    this.#cuts = cutsOf(firstNames.toSorted(compareUtf8));
  }
}

/** The pages of a listing, in order. */
export async function* pagesOf(store: ObjectStore, query: ListQuery): AsyncGenerator<readonly StoredObject[]> {
  let pageToken: string | undefined;
  do {
    const page = await store.list(pageToken === undefined ? query : { ...query, pageToken });
    yield page.objects;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** Names that cut a listing into ranges of equally many pages, of which the sorted first names are given. */
function cutsOf(pages: readonly string[]): string[] {
  const ranges = Math.min(MOST_RANGES, Math.floor(pages.length / PAGES_PER_RANGE));
  return Array.from({ length: Math.max(0, ranges - 1) }, (_, index) => {
    return pages[Math.floor(((index + 1) * pages.length) / ranges)] as string;
  });
}
