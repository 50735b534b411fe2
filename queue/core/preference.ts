/**
 * The region that should take a key, by rendezvous hashing: each region scores the key, the highest score wins. Every process
 * comes to the same answer without talking, and a region added or removed moves only the keys it gains or loses.
 */
export function preferredRegion(key: string, regions: readonly string[]): string {
  if (regions.length === 1) return regions[0] as string;
  let best = '';
  let bestScore = -1;
  for (const region of regions) {
    const score = fnv1a(`${region}/${key}`);
    if (score > bestScore || (score === bestScore && region < best)) {
      best = region;
      bestScore = score;
    }
  }
  return best;
}

/** 32-bit FNV-1a over UTF-16 units, with a final mix (murmur3's) so that names that differ in one letter part ways. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
