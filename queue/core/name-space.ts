import { compareUtf8 } from './utf8-order.ts';

/** Digits of a name that count as a number: with a hundred different characters they fit a double. */
const DIGITS = 7;

/**
 * Names as numbers between 0 and 1, so that a range of them can be cut in two without knowing what is in it: a name is read as a
 * fraction whose digits are the characters that names have been seen to have. What it says is a guess, and only costs if wrong.
 */
export class NameSpace {
  readonly #seen = new Set<number>();
  #alphabet: readonly number[] = [];

  /** Takes in the characters of a name. */
  learn(name: string): void {
    const before = this.#seen.size;
    for (const character of name) this.#seen.add(character.codePointAt(0) as number);
    if (this.#seen.size > before) this.#alphabet = [...this.#seen].sort((a, b) => a - b);
  }

  /** A name about half-way between two others, `high` excluded; `undefined` when there is none to be told. */
  between(low: string, high: string): string | undefined {
    const prefix = commonPrefix(low, high);
    const base = this.#alphabet.length + 1;
    let rest = (this.#fraction(low, prefix.length) + this.#fraction(high, prefix.length)) / 2;
    let name = prefix;
    for (let digit = 0; digit < DIGITS && rest > 0; digit++) {
      const index = Math.floor(rest * base);
      rest = rest * base - index;
      // The lowest digit is the end of a name.
      if (index === 0) break;
      name += String.fromCodePoint(this.#alphabet[index - 1] as number);
    }
    return compareUtf8(low, name) < 0 && compareUtf8(name, high) < 0 ? name : undefined;
  }

  /** How many times the way from `before` to `at` is left from there to `high`; infinite where the names are too close to tell. */
  waysLeft(before: string, at: string, high: string): number {
    const { length } = commonPrefix(commonPrefix(before, at), high);
    const atFraction = this.#fraction(at, length);
    return (this.#fraction(high, length) - atFraction) / (atFraction - this.#fraction(before, length));
  }

  #fraction(name: string, from: number): number {
    const base = this.#alphabet.length + 1;
    let value = 0;
    let weight = 1 / base;
    let digits = 0;
    for (const character of name.slice(from, from + 2 * DIGITS)) {
      if (digits++ === DIGITS) break;
      value += weight * (1 + this.#rank(character.codePointAt(0) as number));
      weight /= base;
    }
    return value;
  }

  /** How many known characters sort before this one. */
  #rank(character: number): number {
    let low = 0;
    let high = this.#alphabet.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#alphabet[middle] as number) < character) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What both names begin with, in whole characters. */
function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  const last = a.charCodeAt(length - 1);
  return a.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
