import { NameSpace } from '../../queue/core/name-space.ts';
import { compareUtf8 } from '../../queue/core/utf8-order.ts';

/** Pages that are left of a range, by the look of it, when it is worth a request to cut it in two. */
const WORTH_CUTTING = 8;
/** Cuts that a sweep may make whatever it finds, and the part of its pages that further ones may cost. */
const FREE_CUTS = 32;
const CUTS_PER_PAGE = 1 / 8;
/** Names of a page that are looked at for how names are made: of the first pages many, of later ones few. */
const EARLY = { pages: 24, names: 50 };
const LATE_NAMES = 2;

/** A part of the names that one listing goes through. */
export interface Range {
  /** Names >= this one. */
  readonly from: string;
  /** Names < this one. Comes nearer when the range is cut: what the listing says beyond is another's. */
  to: string;
}

/** How far a listing that goes on has come. */
interface Progress {
  /** First and last name of the last page. */
  readonly first: string;
  readonly last: string;
}

/**
 * The ranges that a sweep is made of. They begin with what an earlier sweep has taught, or with one for all; whoever has nothing
 * to list cuts the one that has most left. Where the names lie is not known beforehand, so a cut may find nothing behind it: cuts are
 * earned by pages that were found, and so a small queue is not listed in many small pieces.
 */
export class Ranges {
  readonly #names = new NameSpace();
  readonly #open = new Map<Range, Progress | undefined>();
  readonly #firstNames: string[] = [];
  #cuts = 0;

  /** Begins a range. */
  open(from: string, to: string): Range {
    const range = { from, to };
    this.#open.set(range, undefined);
    return range;
  }

  /** A page of this range was listed: its names, and whether there are more. */
  turn(range: Range, names: readonly string[], more: boolean): void {
    const first = names[0];
    const last = names.at(-1);
    if (first === undefined || last === undefined || !more) this.#open.delete(range);
    else this.#open.set(range, { first, last });
    if (first === undefined || last === undefined) return;
    this.#firstNames.push(first);
    const sample = this.#firstNames.length <= EARLY.pages ? EARLY.names : LATE_NAMES;
    const step = Math.max(1, Math.floor(names.length / sample));
    for (let i = 0; i < names.length; i += step) this.#names.learn(names[i] as string);
  }

  /** Cuts the range that has most left; `undefined` where that is not worth a request. */
  cut(): Range | undefined {
    const pages = this.#firstNames.length;
    if (this.#cuts >= Math.min(pages - WORTH_CUTTING, FREE_CUTS + pages * CUTS_PER_PAGE)) return undefined;
    let most = WORTH_CUTTING;
    let chosen: { readonly range: Range; readonly at: string } | undefined;
    for (const [range, progress] of this.#open) {
      if (!progress) continue;
      const left = this.#names.waysLeft(progress.first, progress.last, range.to);
      if (left < most) continue;
      const at = this.#names.between(progress.last, range.to);
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
