import { createHash } from 'node:crypto';

export interface Checksums {
  /** Base64, as the JSON API gives it. CRC32C (Castagnoli) in big-endian byte order. */
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** The reflected Castagnoli polynomial. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

const EMPTY: Checksums = { crc32c: 'AAAAAA==', md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' };
/** Data of an object never changes, so its sums are computed once, and only if somebody asks. */
const known = new WeakMap<Uint8Array, Checksums>();

export function checksums(data: Uint8Array): Checksums {
  if (data.length === 0) return EMPTY;
  let sums = known.get(data);
  if (sums === undefined) {
    sums = { crc32c: crc32c(data), md5Hash: createHash('md5').update(data).digest('base64') };
    known.set(data, sums);
  }
  return sums;
}

function crc32c(data: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(~crc >>> 0);
  return bytes.toString('base64');
}
