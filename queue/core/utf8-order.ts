/**
 * Compares two well-formed strings by their UTF-8 bytes, which is by code point: the order in which Cloud Storage lists names.
 *
 * JavaScript's `<` compares UTF-16 units and puts U+E000..U+FFFF after the surrogates, that is after U+10000 and beyond. Only
 * where the first differing units are both in that region do the two orders disagree.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates behind the rest of the basic plane. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
