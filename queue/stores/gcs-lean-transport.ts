import type { Storage } from '@google-cloud/storage';
import { Client, type Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { type GcsAnswer, type GcsRequest, type GcsTransport, messageOf, targetOf } from './gcs-transport.ts';

/** An idle connection is closed after this: front ends close theirs sooner or later, and a write on a dead one is `unknown`. */
const IDLE_MS = 55_000;
/** An answer is never larger than a page of a thousand objects with 8 KiB of metadata each, and then some. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface LeanTransportOptions {
  /** Says where Cloud Storage is, and authenticates: the official client does both. */
  readonly storage: Storage;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Sends requests over undici, with the official client's authentication and nothing else of it. Costs a fraction of the CPU of
 * the official client, most of all on listings: see `docs/performance.md`.
 *
 * Each request has a connection to itself, so that undici never sends one again: it repeats what was pipelined behind a request
 * that failed, and nothing is. Connections are not limited in number, since a lock's refresh must not wait behind other requests:
 * whoever sends bounds how many are under way, and there are as many connections as there ever were requests at once. The one
 * used last is used first, so that those too many go idle and are closed.
 */
export function leanTransport({ storage, clock, timeoutMs }: LeanTransportOptions): GcsTransport {
  const { origin, pathname } = new URL(storage.apiEndpoint);
  const base = pathname === '/' ? '' : pathname;
  const free: Client[] = [];
  const open = () =>
    new Client(origin, {
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      // The time limit is ours, from the first to the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MOST_BYTES,
      connect: { timeout: timeoutMs },
    });

  return async (request) => {
    try {
      return await exchange(request, await authorize(storage));
    } catch (cause) {
      return { kind: 'silent', cause };
    }
  };

  function exchange(request: GcsRequest, headers: string[]): Promise<GcsAnswer> {
    const { method, body = null, contentType = 'application/json' } = request;
    headers.push('user-agent', 'levelset');
    if (body !== null) headers.push('content-type', contentType);
    const client = free.pop() ?? open();
    return new Promise((resolve) => {
      const answer = new Incoming((given) => {
        cancel();
        if (!client.destroyed) free.push(client);
        resolve(given);
      });
      const cancel = clock.after(timeoutMs, () => {
        const cause = new Error(`no answer in time: timeoutMs=${timeoutMs}`);
        // What is still to be sent is not, what was sent goes unheard.
        void client.destroy(cause);
        resolve({ kind: 'silent', cause });
      });
      client.dispatch({ path: base + targetOf(request), method, headers, body }, answer);
    });
  }
}

/** Headers that say who asks; none for an emulator. The client caches its token and renews it in time. */
async function authorize(storage: Storage): Promise<string[]> {
  if (storage.customEndpoint) return [];
  const headers = await storage.authClient.getRequestHeaders();
  return [...headers.entries()].flat();
}

/** An answer on its way. */
class Incoming implements Dispatcher.DispatchHandler {
  readonly #settle: (answer: GcsAnswer) => void;
  readonly #chunks: Buffer[] = [];
  #status = 0;

  constructor(settle: (answer: GcsAnswer) => void) {
    this.#settle = settle;
  }

  /** By having this one, a handler says that it is of undici's present kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#settle(understand(this.#status, whole?.toString('utf8') ?? ''));
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#settle({ kind: 'silent', cause });
  }
}

function understand(status: number, text: string): GcsAnswer {
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    // An error page of something in between is still an answer; a result that does not parse is none.
    return status >= 400
      ? { kind: 'answered', status, body: text, message: text.slice(0, 200) }
      : { kind: 'silent', cause };
  }
  return { kind: 'answered', status, body, message: messageOf(body) ?? '' };
}
