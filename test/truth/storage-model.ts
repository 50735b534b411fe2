/** What the documentation of Cloud Storage makes of a bucket: as plain as it can be said, and without the emulator's code. */

export const CONDITIONS = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;
export type Conditions = Partial<Record<(typeof CONDITIONS)[number], string>>;

export interface ModelObject {
  readonly generation: string;
  readonly metageneration: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * The codes a request may be answered with because of its conditions; empty: it proceeds. "Request preconditions": a match that
 * does not hold is 412, a not-match that does not hold is 304. "Objects: insert": generation 0 means that there is no live object,
 * and without one, `ifGenerationNotMatch` fails, whatever its value; with which code is not said.
 */
export function refusals(conditions: Conditions, object: ModelObject | undefined): Set<number> {
  const codes = new Set<number>();
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = conditions;
  if (ifGenerationMatch !== undefined && ifGenerationMatch !== (object?.generation ?? '0')) codes.add(412);
  if (ifGenerationNotMatch !== undefined) {
    if (!object) [304, 412].forEach((code) => codes.add(code));
    else if (ifGenerationNotMatch === object.generation) codes.add(304);
  }
  const metageneration = object && String(object.metageneration);
  if (ifMetagenerationMatch !== undefined && ifMetagenerationMatch !== metageneration) codes.add(412);
  if (ifMetagenerationNotMatch !== undefined && ifMetagenerationNotMatch === metageneration) codes.add(304);
  return codes;
}

/** "Objects: patch": a field that is null is removed, and one that is absent stays. */
export function patched(
  metadata: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> | null,
): Record<string, string> {
  if (changes === null) return {};
  const result = new Map(Object.entries(metadata));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) result.delete(name);
    else result.set(name, value);
  }
  return Object.fromEntries(result);
}

export interface Listing {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly startOffset?: string;
  readonly endOffset?: string;
  readonly includeTrailingDelimiter?: boolean;
}

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** "Objects: list": which names are items and which common prefixes there are, over all pages, each in order of their bytes. */
export function listed(names: Iterable<string>, listing: Listing): { items: string[]; prefixes: string[] } {
  const { prefix = '', delimiter, startOffset = '', endOffset, includeTrailingDelimiter } = listing;
  const items: string[] = [];
  const prefixes = new Set<string>();
  for (const name of [...names].sort(byBytes)) {
    if (!name.startsWith(prefix) || byBytes(name, startOffset) < 0) continue;
    if (endOffset && byBytes(name, endOffset) >= 0) continue;
    const at = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    if (at < 0) {
      items.push(name);
      continue;
    }
    const common = name.slice(0, at + (delimiter as string).length);
    prefixes.add(common);
    if (includeTrailingDelimiter && name === common) items.push(name);
  }
  return { items, prefixes: [...prefixes].sort(byBytes) };
}

/** CRC32C (Castagnoli) as RFC 3720 has it, in the big-endian base64 of Cloud Storage. */
export function crc32c(data: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return bytes.toString('base64');
}
