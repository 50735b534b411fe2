import type { Storage } from '@google-cloud/storage';
import { Agent, request } from 'undici';
import type { Clock } from '../../queue/ports/clock.ts';

/** An idle connection is closed after this: front ends close theirs sooner or later, and a write on a dead one is `unknown`. */
const IDLE_MS = 55_000;

export interface DocumentRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the endpoint, already encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly contentType?: string;
  readonly body?: string;
}

export interface DocumentAnswer {
  readonly status: number;
  readonly text: string;
  /** Of the object whose data was read, from the header that carries it. */
  readonly generation: string | undefined;
}

/** Sends a request once. Throws when no whole answer came in time: the request may have taken effect. */
export type SendRequest = (request: DocumentRequest) => Promise<DocumentAnswer>;

/**
 * Requests with bodies, which the queue's own transport does not know: its objects are empty, and it does not show the header that
 * says which generation a body is of. Where Cloud Storage is and who asks comes from the official client.
 */
export function documentRequests(storage: Storage, clock: Clock, timeoutMs: number): SendRequest {
  const agent = new Agent({ keepAliveTimeout: IDLE_MS, headersTimeout: 0, bodyTimeout: 0 });
  return async ({ method, path, query, contentType, body }) => {
    const abort = new AbortController();
    const cancel = clock.after(timeoutMs, () => abort.abort(new Error(`no answer in time: timeoutMs=${timeoutMs}`)));
    try {
      const authorization = await authorize(storage);
      const answer = await request(`${storage.apiEndpoint}${path}${queryOf(query)}`, {
        method,
        dispatcher: agent,
        signal: abort.signal,
        headers: { 'user-agent': 'levelset', ...authorization, ...(contentType && { 'content-type': contentType }) },
        body: body ?? null,
      });
      const text = await answer.body.text();
      const generation = answer.headers['x-goog-generation'];
      return {
        status: answer.statusCode,
        text,
        generation: typeof generation === 'string' ? generation : undefined,
      };
    } finally {
      cancel();
    }
  };
}

async function authorize(storage: Storage): Promise<Record<string, string>> {
  if (storage.customEndpoint) return {};
  const authorization = (await storage.authClient.getRequestHeaders()).get('authorization');
  return authorization === null ? {} : { authorization };
}

function queryOf(query: DocumentRequest['query']): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
