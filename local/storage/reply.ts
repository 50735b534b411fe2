type Headers = Readonly<Record<string, string>>;

/** What a handler answers. */
export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown; readonly headers?: Headers }
  | { readonly kind: 'bytes'; readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array }
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: Headers };

export function json(value: unknown): Reply {
  return { kind: 'json', status: 200, value };
}

export const NO_CONTENT: Reply = { kind: 'empty', status: 204 };
