/** Longest object name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1024;
/** Where certificate authorities ask who owns a domain. */
const RESERVED = '.well-known/acme-challenge/';
/** Custom metadata of one object, keys and values together, in bytes of UTF-8. */
const MAX_METADATA_BYTES = 8192;

/**
 * The rule of Cloud Storage that a name breaks, or `undefined` if it is a fine name.
 *
 * Source: "Object name requirements" of the Cloud Storage documentation (flat namespace).
 */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'object name is empty';
  if (name === '.' || name === '..') return `object name may not be "." or "..": name=${JSON.stringify(name)}`;
  if (!name.isWellFormed()) return `object name is not valid UTF-8: name=${JSON.stringify(name.slice(0, 80))}`;
  if (/[\r\n]/.test(name)) return `object name has a line break: name=${JSON.stringify(name.slice(0, 80))}`;
  if (name.startsWith(RESERVED))
    return `object name may not begin with ${RESERVED}: name=${JSON.stringify(name.slice(0, 80))}`;
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) return `object name is longer than ${MAX_NAME_BYTES} bytes of UTF-8: bytes=${bytes}`;
  return undefined;
}

/** The rule of Cloud Storage that custom metadata breaks, or `undefined`. */
export function problemOfMetadata(metadata: Readonly<Record<string, string>>): string | undefined {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes <= MAX_METADATA_BYTES) return undefined;
  return `custom metadata is larger than ${MAX_METADATA_BYTES} bytes: bytes=${bytes}`;
}
