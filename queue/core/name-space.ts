import { compareUtf8 } from './utf8-order.ts';

/** What a double can still tell apart, and some more. */
const FINEST = 1e-13;
/** Stands for the end of a name, which sorts before every character. */
const END = -1;
/** Characters that are looked back at, where what followed them was seen often enough to be relied on. */
const CONTEXT = 3;
const OFTEN = 8;
const DIGITS = Array.from('0123456789', codePointOf);
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz', codePointOf);
const CAPITALS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', codePointOf);

/** What was seen to follow some characters. */
interface Followers {
  readonly seen: Set<number>;
  times: number;
  /** What may follow them, in order. */
  all: readonly number[];
}

/**
 * Names as numbers between 0 and 1, so that a range of them can be cut in two without knowing what is in it: which characters were
 * seen to follow which tells how names go on, and each one that may follow is taken to be as likely as the others. What this
 * says is a guess; a wrong one only costs a request.
 */
export class NameSpace {
  /** By the last characters before: one, and {@link CONTEXT} of them. */
  readonly #after = new Map<string, Followers>();

  /** Takes in how a name is made. */
  learn(name: string): void {
    let before = '';
    for (const character of name) {
      this.#follows(before, codePointOf(character));
      before += character;
    }
    this.#follows(before, END);
  }

  /** A name about half-way between two others; `undefined` when there is none to be told. */
  between(low: string, high: string): string | undefined {
    let rest = (this.#fraction(low) + this.#fraction(high)) / 2;
    let name = '';
    for (let weight = 1; weight > FINEST && name.length < MOST_LENGTH;) {
      const followers = this.#followersOf(name);
      if (followers.length === 0) break;
      const index = Math.min(followers.length - 1, Math.floor(rest * followers.length));
      rest = rest * followers.length - index;
      weight /= followers.length;
      const code = followers[index] as number;
      if (code === END) break;
      name += String.fromCodePoint(code);
    }
    return compareUtf8(low, name) < 0 && compareUtf8(name, high) < 0 ? name : undefined;
  }

  /** How many times the way from `before` to `at` is left from there to `high`; infinite where the names are too close to tell. */
  waysLeft(before: string, at: string, high: string): number {
    const atFraction = this.#fraction(at);
    return (this.#fraction(high) - atFraction) / (atFraction - this.#fraction(before));
  }

  #follows(before: string, code: number): void {
    this.#count(before.slice(-1), code);
    if (before.length >= CONTEXT) this.#count(before.slice(-CONTEXT), code);
  }

  #count(context: string, code: number): void {
    let followers = this.#after.get(context);
    if (!followers) this.#after.set(context, (followers = { seen: new Set(), times: 0, all: [] }));
    followers.times++;
    if (followers.seen.has(code)) return;
    followers.seen.add(code);
    followers.all = completed(followers.seen);
  }

  #followersOf(before: string): readonly number[] {
    const known = before.length >= CONTEXT ? this.#after.get(before.slice(-CONTEXT)) : undefined;
    return (known && known.times >= OFTEN ? known : this.#after.get(before.slice(-1)))?.all ?? [];
  }

  #fraction(name: string): number {
    let value = 0;
    let weight = 1;
    let before = '';
    for (const character of name) {
      const code = codePointOf(character);
      const followers = this.#followersOf(before);
      const index = rankOf(code, followers);
      weight /= Math.max(1, followers.length);
      value += weight * index;
      // What was never seen to follow lies between what was.
      if (followers[index] !== code || weight < FINEST) break;
      before += character;
    }
    return value;
  }
}

/** In UTF-16 units; no name is longer. */
const MOST_LENGTH = 1024;

/** Where there is a digit there are the other ones, and where there are letters, two of a kind at least, the others of that kind. */
function completed(seen: ReadonlySet<number>): readonly number[] {
  const all = new Set(seen);
  for (const [kind, least] of [
    [DIGITS, 1],
    [LETTERS, 2],
    [CAPITALS, 2],
  ] as const) {
    if (kind.filter((code) => seen.has(code)).length >= least) for (const code of kind) all.add(code);
  }
  return [...all].sort((a, b) => a - b);
}

/** How many of the sorted codes are below this one. */
function rankOf(code: number, codes: readonly number[]): number {
  let low = 0;
  let high = codes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((codes[middle] as number) < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

function codePointOf(character: string): number {
  return character.codePointAt(0) as number;
}
