// Original file: proto/raw.proto


export interface Keyed {
  'key'?: (Buffer | Uint8Array | string);
}

export interface Keyed__Output {
  'key': (Buffer);
}
