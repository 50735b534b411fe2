/**
 * MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) as far as Terraform's values need it: no package for it is
 * among the project's.
 */

/** A value that Terraform will know later. */
export const UNKNOWN = Symbol('unknown');

export type Value =
  null | boolean | number | string | typeof UNKNOWN | readonly Value[] | { readonly [key: string]: Value };

export function encode(value: Value): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (value === UNKNOWN) return Buffer.of(0xd4, 0, 0);
  switch (typeof value) {
    case 'boolean':
      return Buffer.of(value ? 0xc3 : 0xc2);
    case 'number':
      return number(value);
    case 'string': {
      const bytes = Buffer.from(value);
      return Buffer.concat([head(0xdb, bytes.length), bytes]);
    }
    default:
  }
  if (Array.isArray(value)) return Buffer.concat([head(0xdd, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([head(0xdf, entries.length), ...entries.flatMap(([key, item]) => [encode(key), encode(item)])]);
}

/** Integers as such: Terraform compares numbers exactly. */
function number(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  if (Number.isSafeInteger(value)) {
    bytes[0] = 0xd3;
    bytes.writeBigInt64BE(BigInt(value), 1);
  } else {
    bytes[0] = 0xcb;
    bytes.writeDoubleBE(value, 1);
  }
  return bytes;
}

function head(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = type;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

export function decode(bytes: Buffer): Value {
  let at = 0;
  const take = (length: number) => bytes.subarray(at, (at += length));
  const size = (width: 1 | 2 | 4) => take(width).readUIntBE(0, width);
  const list = (length: number): Value[] => Array.from({ length }, read);
  const map = (length: number): Value =>
    Object.fromEntries(Array.from({ length }, () => [read() as string, read()] as const));
  const text = (length: number) => take(length).toString('utf8');
  /** Extensions are values that are not known yet, some with hints about them. */
  const extension = (length: number): Value => {
    take(1 + length);
    return UNKNOWN;
  };

  function read(): Value {
    const type = size(1);
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return map(type & 0x0f);
    if (type <= 0x9f) return list(type & 0x0f);
    if (type <= 0xbf) return text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc7:
        return extension(size(1));
      case 0xc8:
        return extension(size(2));
      case 0xca:
        return take(4).readFloatBE();
      case 0xcb:
        return take(8).readDoubleBE();
      case 0xcc:
        return size(1);
      case 0xcd:
        return size(2);
      case 0xce:
        return size(4);
      case 0xcf:
        return Number(take(8).readBigUInt64BE());
      case 0xd0:
        return take(1).readInt8();
      case 0xd1:
        return take(2).readInt16BE();
      case 0xd2:
        return take(4).readInt32BE();
      case 0xd3:
        return Number(take(8).readBigInt64BE());
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(2 ** (type - 0xd4));
      case 0xd9:
        return text(size(1));
      case 0xda:
        return text(size(2));
      case 0xdb:
        return text(size(4));
      case 0xdc:
        return list(size(2));
      case 0xdd:
        return list(size(4));
      case 0xde:
        return map(size(2));
      case 0xdf:
        return map(size(4));
      default:
        throw new Error(`a type of MessagePack that Terraform does not send: 0x${type.toString(16)}`);
    }
  }

  return read();
}
