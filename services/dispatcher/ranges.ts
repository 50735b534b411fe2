import { NameSpace } from '../../queue/core/name-space.ts';
import { compareUtf8 } from '../../queue/core/utf8-order.ts';

/** Pages that are left of a range, by the look of it, when it is worth a request to cut it in two. */
const WORTH_CUTTING = 4;

/** A part of the names that one listing goes through. */
export interface Range {
  /** Names >= this one. */
  readonly from: string;
  /** Names < this one. Comes nearer when the range is cut: what the listing says beyond is another's. */
  to: string;
}

interface Progress {
  /** First and last name of the last page, while there are more. */
  page?: { readonly first: string; readonly last: string } | undefined;
}

/**
 * The ranges that a sweep is made of. They begin with what an earlier sweep has taught, or with one for all; whoever has nothing
 * to list cuts the one that has most left. Where the names lie is not known beforehand, so a cut may find nothing behind it. For that
 * reason there are never more cuts than pages that were found.
 */
export class Ranges {
  readonly #names = new NameSpace();
  readonly #open = new Map<Range, Progress>();
  readonly #firstNames: string[] = [];
  #cuts = 0;

  /** Begins a range. */
  open(from: string, to: string): Range {
    const range = { from, to };
    this.#open.set(range, {});
    return range;
  }

  /** A page of this range was listed, up to its end if there are no `more`. */
  turn(range: Range, first: string | undefined, last: string | undefined, more: boolean): void {
    if (first === undefined || last === undefined || !more) this.#open.delete(range);
    else this.#open.set(range, { page: { first, last } });
    if (first === undefined || last === undefined) return;
    this.#firstNames.push(first);
    this.#names.learn(first);
    this.#names.learn(last);
  }

  /** Cuts the range that has most left; `undefined` where that is not worth a request. */
  cut(): Range | undefined {
    if (this.#cuts > this.#firstNames.length - WORTH_CUTTING) return undefined;
    let most = WORTH_CUTTING;
    let chosen: { readonly range: Range; readonly at: string } | undefined;
    for (const [range, { page }] of this.#open) {
      if (!page) continue;
      const left = this.#names.waysLeft(page.first, page.last, range.to);
      if (left < most) continue;
      const at = this.#names.between(page.last, range.to);
      if (at === undefined) continue;
      most = left;
      chosen = { range, at };
    }
    if (!chosen) return undefined;
    this.#cuts++;
    const { range, at } = chosen;
    const cut = this.open(at, range.to);
    range.to = at;
    return cut;
  }

  /** Names that cut what was listed into so many ranges of about equally many pages, at most one for each `pagesEach` pages. */
  lesson(ranges: number, pagesEach: number): readonly string[] {
    const pages = this.#firstNames.toSorted(compareUtf8);
    const count = Math.min(ranges, Math.floor(pages.length / pagesEach));
    return Array.from({ length: Math.max(0, count - 1) }, (_, index) => {
      return pages[Math.floor(((index + 1) * pages.length) / count)] as string;
    });
  }
}
