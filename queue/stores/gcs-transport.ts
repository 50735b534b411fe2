export interface GcsRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the endpoint, already encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly contentType?: string;
  readonly body?: string;
}

/** What came back of one request. `silent`: no answer that could be understood; the request may have taken effect. */
export type GcsAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown; readonly message: string }
  | { readonly kind: 'silent'; readonly cause: unknown };

/** Sends a request to the JSON API once, authenticated, and never throws. An answer that takes too long is `silent`. */
export type GcsTransport = (request: GcsRequest) => Promise<GcsAnswer>;

/** Path and query of a request. */
export function targetOf({ path, query }: GcsRequest): string {
  let target = path;
  let separator = '?';
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    target += `${separator}${name}=${encodeURIComponent(value)}`;
    separator = '&';
  }
  return target;
}

/** The sentence in an error body of the JSON API. */
export function messageOf(body: unknown): string | undefined {
  const error = isRecord(body) ? body.error : undefined;
  return isRecord(error) && typeof error.message === 'string' ? error.message : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
