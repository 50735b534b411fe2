import { visible } from '../local/visible.ts';

/** Text of others, safe for a terminal and on one line. */
export const plain = visible;

// What a terminal would act upon, also where JSON leaves it as it is.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** JSON that parses to the same value, without characters that reorder or control a terminal. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE_IN_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** East Asian wide and full-width letters, and emoji, take two cells. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ZERO = /^[\p{Mark}\u200b-\u200d\ufe00-\ufe0f\ufeff]+$/u;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Cells of a terminal that a text takes, about: terminals differ in the details. */
export function cells(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += cellsOf(segment);
  return width;
}

/** The text in exactly `width` cells: cut with an ellipsis, or filled with spaces on the right (or, `right`, on the left). */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const taken = cells(text);
  if (taken <= width) {
    const space = ' '.repeat(width - taken);
    return side === 'left' ? text + space : space + text;
  }
  if (width <= 0) return '';
  let cut = '';
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    const more = cellsOf(segment);
    if (used + more > width) break;
    cut += segment;
    used += more;
  }
  return `${cut}…${' '.repeat(width - used)}`;
}

function cellsOf(segment: string): number {
  if (ZERO.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}
