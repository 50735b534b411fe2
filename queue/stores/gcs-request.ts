import type { Storage } from '@google-cloud/storage';
import type { Clock } from '../ports/clock.ts';

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

/**
 * Sends a request once through the client's own, authenticating `request`. Never throws.
 *
 * Query and body go as finished strings: in `qs`, `json` and `multipart` the client replaces every `{{projectId}}`, which may
 * occur in a key. The time limit is ours, since the HTTP library below the client ignores the client's `timeout`; the
 * request itself cannot be cancelled and may still take effect.
 */
export function sendOnce(storage: Storage, clock: Clock, timeoutMs: number, request: GcsRequest): Promise<GcsAnswer> {
  const { method, body, contentType = 'application/json' } = request;
  const options = {
    method,
    uri: `${storage.apiEndpoint}${request.path}${queryOf(request.query)}`,
    ...(body !== undefined && { body, headers: { 'Content-Type': contentType } }),
  };
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () =>
      resolve({ kind: 'silent', cause: new Error(`no answer in time: timeoutMs=${timeoutMs}`) }),
    );
    storage.request(options, (error, answer: unknown, response) => {
      cancel();
      const status = response?.statusCode;
      if (status === undefined) resolve({ kind: 'silent', cause: error });
      else resolve({ kind: 'answered', status, body: answer, message: messageOf(answer) ?? error?.message ?? '' });
    });
  });
}

function queryOf(query: GcsRequest['query']): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function messageOf(body: unknown): string | undefined {
  const error = isRecord(body) ? body.error : undefined;
  return isRecord(error) && typeof error.message === 'string' ? error.message : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
