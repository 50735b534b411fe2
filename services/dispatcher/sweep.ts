import type { QueueContext } from '../../queue/context.ts';
import { PAUSE_OBJECT, PREFIX } from '../../queue/core/layout.ts';
import { isPaused } from '../../queue/core/pause.ts';
import { compareUtf8 } from '../../queue/core/utf8-order.ts';
import type { ListQuery, StoredObject } from '../../queue/ports/object-store.ts';
import { PageReader, type SeenLease, type SweptPage } from './swept-page.ts';

/** Ranges of the waiting keys that are listed side by side. More gain little, and cost a request each. */
const MOST_RANGES = 8;
/** Pages that make a range of its own worth while. */
const PAGES_PER_RANGE = 2;

/** A page as read, and as listed. */
type OnPage = (page: SweptPage, objects: readonly StoredObject[]) => void;

/** Where a page of a listing began, and where the next one goes on. */
interface Listed {
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  readonly next: string | undefined;
}

/** Lists the bucket. */
export class Sweeper {
  readonly #context: QueueContext;
  readonly #reader: PageReader;
  /** Names of waiting entries that cut them into ranges of about equally many pages, as the last sweep saw them. */
  #cuts: readonly string[] = [];

  constructor(context: QueueContext, settings: { readonly region: string; readonly regions: readonly string[] }) {
    this.#context = context;
    this.#reader = new PageReader(context, settings);
  }

  /**
   * Lists the queue and hands on each page as it comes: the first one starts work. A bucket that fits a page costs one listing,
   * since our prefixes sort behind one another. Of a larger one, what a page full of dead letters hides is listed apart, and the
   * waiting keys in ranges side by side, once a sweep has shown where to cut. `onLeasesKnown` is called after the last lease.
   */
  async sweep(onPage: OnPage, onLeasesKnown: () => void = () => {}): Promise<void> {
    const first = await this.#page({ startOffset: PREFIX.control }, onPage);
    if (first.next === undefined) {
      this.#cuts = [];
      return;
    }
    const reached = first.lastName ?? '';
    const rest: Promise<void>[] = [];
    for (const prefix of [PREFIX.deadLetter, PREFIX.dispatchers, PREFIX.inProgress]) {
      if (reached >= prefix && !reached.startsWith(prefix)) continue;
      const listed = this.#all({ prefix, ...(reached.startsWith(prefix) && { startOffset: reached }) }, onPage);
      rest.push(prefix === PREFIX.inProgress ? listed.then(onLeasesKnown) : listed);
    }
    if (reached.startsWith(PREFIX.queued)) onLeasesKnown();
    rest.push(this.#waiting(reached.startsWith(PREFIX.queued) ? reached : PREFIX.queued, onPage));
    await Promise.all(rest);
  }

  /** All leases, and nothing else. */
  async leases(): Promise<readonly SeenLease[]> {
    const leases: SeenLease[] = [];
    await this.#all({ prefix: PREFIX.inProgress }, (page) => leases.push(...page.leases));
    return leases;
  }

  /** Whether the queue is paused; throws when that cannot be read. */
  async paused(): Promise<boolean> {
    const object = await this.#context.store.get(PAUSE_OBJECT);
    return isPaused(object?.metadata, this.#context.clock.now());
  }

  /** The waiting keys from a name on, in ranges. */
  async #waiting(from: string, onPage: OnPage): Promise<void> {
    const edges = [from, ...this.#cuts.filter((cut) => compareUtf8(cut, from) > 0)];
    const pages: string[] = [];
    await Promise.all(
      edges.map((startOffset, index) => {
        const endOffset = edges[index + 1];
        const query = { prefix: PREFIX.queued, startOffset, ...(endOffset !== undefined && { endOffset }) };
        return this.#all(query, onPage, (name) => pages.push(name));
      }),
    );
    this.#cuts = cutsOf(pages.toSorted(compareUtf8));
  }

  async #all(query: ListQuery, onPage: OnPage, onStart: (firstName: string) => void = () => {}): Promise<void> {
    let pageToken: string | undefined;
    do {
      const { firstName, next } = await this.#page(pageToken === undefined ? query : { ...query, pageToken }, onPage);
      if (firstName !== undefined) onStart(firstName);
      pageToken = next;
    } while (pageToken !== undefined);
  }

  async #page(query: ListQuery, onPage: OnPage): Promise<Listed> {
    const { objects, nextPageToken } = await this.#context.store.list(query);
    onPage(this.#reader.read(objects), objects);
    return { firstName: objects[0]?.name, lastName: objects.at(-1)?.name, next: nextPageToken };
  }
}

/** Names that cut a listing into ranges of equally many pages, of which the sorted first names are given. */
function cutsOf(pages: readonly string[]): string[] {
  const ranges = Math.min(MOST_RANGES, Math.floor(pages.length / PAGES_PER_RANGE));
  return Array.from({ length: Math.max(0, ranges - 1) }, (_, index) => {
    return pages[Math.floor(((index + 1) * pages.length) / ranges)] as string;
  });
}
