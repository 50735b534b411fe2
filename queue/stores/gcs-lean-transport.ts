import type { Storage } from '@google-cloud/storage';
import { Client, type Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { type GcsAnswer, type GcsRequest, type GcsTransport, messageOf, targetOf } from './gcs-transport.ts';

/** An idle connection is closed after this: front ends close theirs sooner or later, and a write on a dead one is `unknown`. */
const IDLE_MS = 55_000;
/** An answer is never larger than a page of a thousand objects with 8 KiB of metadata each, and then some. */
const MOST_BYTES = 32 * 1024 * 1024;
/** For so long a token is taken to be the one to use. */
const ASK_AGAIN_MS = 1_000;

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
  const whoAsks = introductions(storage, clock);

  return (request) => {
    const headers = whoAsks();
    if (Array.isArray(headers)) return send(request, headers);
    return headers.then(
      (given) => send(request, given),
      (cause: unknown) => ({ kind: 'silent', cause }),
    );
  };

  function send(request: GcsRequest, who: string[]): Promise<GcsAnswer> {
    const { method, body = null, contentType = 'application/json' } = request;
    const headers = body === null ? [...who] : [...who, 'content-type', contentType];
    return new Promise((resolve) => {
      const client = free.pop() ?? open();
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

/**
 * Headers that say who asks and with what program; those of an emulator are not told who. The official client caches its token and
 * renews it minutes ahead, but takes a good part of a request's CPU to hand it out: it is asked once in `ASK_AGAIN_MS`.
 */
function introductions(storage: Storage, clock: Clock): () => string[] | Promise<string[]> {
  const program = ['user-agent', 'levelset'];
  if (storage.customEndpoint) return () => program;
  let known = program;
  let untilMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonic() < untilMs) return known;
    return storage.authClient.getRequestHeaders().then((headers) => {
      known = [...program, ...[...headers.entries()].flat()];
      untilMs = clock.monotonic() + ASK_AGAIN_MS;
      return known;
    });
  };
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
    const [first, second] = this.#chunks;
    const whole = second ? Buffer.concat(this.#chunks) : first;
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
