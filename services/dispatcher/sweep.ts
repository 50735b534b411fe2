import type { QueueContext } from '../../queue/context.ts';
import { PAUSE_OBJECT, PREFIX } from '../../queue/core/layout.ts';
import { isPaused } from '../../queue/core/pause.ts';
import { asError } from '../../queue/errors.ts';
import { compareUtf8 } from '../../queue/core/utf8-order.ts';
import type { ListQuery, StoredObject } from '../../queue/ports/object-store.ts';
import { OperatorActs } from './operator-acts.ts';
import { type Range, Ranges } from './ranges.ts';
import { PageReader, type SeenLease, type SweptPage } from './swept-page.ts';

/** Ranges of the waiting keys that are listed side by side. More gain little, and each holds some megabytes meanwhile. */
const MOST_RANGES = 12;
/** Pages that make a range of its own worth while from the start: each one costs a request more. */
const PAGES_PER_RANGE = 8;
/** Behind all waiting keys. */
const END = `${PREFIX.queued.slice(0, -1)}0`;

/** What a listing was to find: `all`, or no more than `leases` and locks, the pause and whatever waits in the same page. */
export type Extent = 'all' | 'leases';

/** Takes in each page of a listing as it comes: as read, and as listed. */
export type OnPage = (page: SweptPage, objects: readonly StoredObject[]) => void;

/** Lists the bucket. */
export class Sweeper {
  readonly #context: QueueContext;
  readonly #reader: PageReader;
  readonly #acts: OperatorActs;
  /** Names of waiting entries that cut them into ranges of about equally many pages, as the last sweep saw them. */
  #cuts: readonly string[] = [];

  constructor(context: QueueContext, settings: { readonly region: string; readonly regions: readonly string[] }) {
    this.#context = context;
    this.#reader = new PageReader(context, settings);
    this.#acts = new OperatorActs(context, settings);
  }

  /**
   * Lists the queue and hands on each page as it comes: the first one starts work. A bucket that fits a page costs one listing,
   * since our prefixes sort behind one another. Of a larger one, what a page full of dead letters hides is listed apart, and the
   * waiting keys in ranges side by side. `onLeasesKnown` is called after the last lease. Says whether all of the queue was listed.
   */
  async sweep(extent: Extent, onPage: OnPage, onLeasesKnown: () => void = () => {}): Promise<boolean> {
    const { objects, nextPageToken } = await this.#list({ startOffset: this.#acts.startOffset }, onPage);
    if (nextPageToken === undefined) {
      this.#cuts = [];
      return true;
    }
    const reached = objects.at(-1)?.name ?? '';
    const rest: Promise<void>[] = [];
    // Not even the pause is in a page full of what operators did.
    const before = reached < PREFIX.control ? [PREFIX.audit, PREFIX.control] : [];
    const apart = [...before, ...(extent === 'all' ? [PREFIX.deadLetter] : []), PREFIX.dispatchers, PREFIX.inProgress];
    for (const prefix of apart) {
      if (reached >= prefix && !reached.startsWith(prefix)) continue;
      const listed = this.#all({ prefix, ...(reached.startsWith(prefix) && { startOffset: reached }) }, onPage);
      rest.push(prefix === PREFIX.inProgress ? listed.then(onLeasesKnown) : listed);
    }
    if (reached.startsWith(PREFIX.queued)) onLeasesKnown();
    if (extent === 'all') rest.push(this.#waiting(reached.startsWith(PREFIX.queued) ? reached : PREFIX.queued, onPage));
    await Promise.all(rest);
    return extent === 'all';
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

  /** The waiting keys from a name on, in ranges: those that the last sweep has taught, cut further where one takes longer. */
  async #waiting(from: string, onPage: OnPage): Promise<void> {
    const ranges = new Ranges();
    const edges = [from, ...this.#cuts.filter((cut) => compareUtf8(cut, from) > 0)];
    let failed = false;
    let listing = 0;
    await new Promise<void>((resolve, reject) => {
      const begin = (range: Range) => {
        listing++;
        this.#range(range, ranges, onPage, cutMore).then(
          () => {
            listing--;
            cutMore();
            if (listing === 0) resolve();
          },
          (error: unknown) => {
            failed = true;
            reject(asError(error));
          },
        );
      };
      const cutMore = () => {
        while (!failed && listing < MOST_RANGES) {
          const range = ranges.cut();
          if (!range) return;
          begin(range);
        }
      };
      for (const [index, edge] of edges.entries()) begin(ranges.open(edge, edges[index + 1] ?? END));
    });
    this.#cuts = ranges.lesson(MOST_RANGES, PAGES_PER_RANGE);
  }

  /** One range, whose end may come nearer while it is listed. */
  async #range(range: Range, ranges: Ranges, onPage: OnPage, turned: () => void): Promise<void> {
    const query = { prefix: PREFIX.queued, startOffset: range.from, endOffset: range.to };
    let pageToken: string | undefined;
    do {
      const page = await this.#context.store.list(pageToken === undefined ? query : { ...query, pageToken });
      const objects = before(range.to, page.objects);
      onPage(this.#reader.read(objects), objects);
      pageToken = objects.length < page.objects.length ? undefined : page.nextPageToken;
      ranges.turn(
        range,
        objects.map(({ name }) => name),
        pageToken !== undefined,
      );
      turned();
    } while (pageToken !== undefined);
  }

  async #all(query: ListQuery, onPage: OnPage): Promise<void> {
    let pageToken: string | undefined;
    do {
      const { nextPageToken } = await this.#list(pageToken === undefined ? query : { ...query, pageToken }, onPage);
      pageToken = nextPageToken;
    } while (pageToken !== undefined);
  }

  async #list(query: ListQuery, onPage: OnPage) {
    const page = await this.#context.store.list(query);
    this.#acts.read(page.objects);
    onPage(this.#reader.read(page.objects), page.objects);
    return page;
  }
}

/** Those of a sorted page whose names come before `to`. */
function before(to: string, objects: readonly StoredObject[]): readonly StoredObject[] {
  let count = objects.length;
  while (count > 0 && compareUtf8(objects[count - 1]?.name ?? '', to) >= 0) count--;
  return count === objects.length ? objects : objects.slice(0, count);
}
