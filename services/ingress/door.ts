import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Journal } from '../../catalogue/events.ts';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { BodyReader } from '../http/body-reader.ts';
import { boundedServer } from '../http/bounded-server.ts';
import { type HttpLimits, SERVICE_HTTP_LIMITS } from '../http/limits.ts';
import { errorStatus } from '../rpc/reply.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import type { Receiver } from '../receiver/receiver.ts';
import { parseEnvelope } from './envelope.ts';
import type { IncomingEvent } from './incoming-event.ts';
import { type Routed, route } from './route.ts';
import type { Rule } from './rules.ts';

/** Events of one batch that are queued at a time. */
const AT_ONCE = 16;

export interface DoorOptions {
  readonly receiver: Pick<Receiver, 'enqueue'>;
  readonly rules: readonly Rule[];
  readonly journal: Journal;
  readonly clock: Clock;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly limits?: HttpLimits;
  /** Serves `/metrics`. */
  readonly page?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Told of events whose key was queued, and of those that are to be sent again; all others are in the journal. */
  readonly counted?: ((result: 'queued' | 'unavailable', events: number) => void) | undefined;
}

/** What to answer. Pub/Sub repeats whatever is no success; others repeat on 5xx and 429, and give up on other 4xx. */
interface HttpAnswer {
  readonly code: number;
  /** For people; absent where the code says it all. */
  readonly sentence?: string;
}

/**
 * The HTTP door of the event ingress: `POST /` with an event in one of the envelopes of {@link parseEnvelope}.
 *
 * | answer | when |
 * |---|---|
 * | 202 | the key is in the bucket |
 * | 204 | no rule is about the event, or it has no key where the rule says; no repetition would change that |
 * | 400 | a malformed envelope, or a key that breaks the rules of keys: a dead-letter policy of the subscription can take it |
 * | 404, 405, 413 | another path, another method, a body of more than 1 MiB |
 * | 503 | the bucket does not answer, or too much arrives at once: the event is to be sent again |
 */
export class Door {
  readonly #server: Server;
  readonly #options: DoorOptions;
  readonly #limits: HttpLimits;
  readonly #bodies: BodyReader;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#limits = options.limits ?? SERVICE_HTTP_LIMITS;
    this.#bodies = new BodyReader(this.#limits);
    const { page } = options;
    this.#server = boundedServer(this.#limits, (request, response) => {
      if (page && request.method === 'GET' && request.url === '/metrics') return page(request, response);
      this.#answer(request)
        .catch((error: unknown): HttpAnswer => this.#failure(error))
        .then((answer) => respond(response, answer))
        .catch((error: unknown) => options.journal.write('internal.error', { error }));
    });
  }

  /** Binds and serves; resolves to the real port. Throws `QueueError` `unavailable` when the address cannot be had. */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(new QueueError('unavailable', `cannot listen: host=${host} port=${port}`, error));
      });
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Takes no more requests, lets running ones end, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(graceMs, () => this.#server.closeAllConnections());
      this.#server.close(() => {
        cancel();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #answer(request: IncomingMessage): Promise<HttpAnswer> {
    if (request.url === '/health' && request.method === 'GET') return { code: 200, sentence: 'ok' };
    if (request.url !== '/') return { code: 404, sentence: 'events are posted to /' };
    if (request.method !== 'POST') return { code: 405, sentence: 'events are posted' };
    const body = await this.#bodies.read(request);
    if (body.kind === 'broken') return { code: 400, sentence: 'body ended early' };
    if (body.kind === 'too-large') {
      return { code: 413, sentence: `body is longer than ${this.#limits.maxBodyBytes} bytes` };
    }
    if (body.kind === 'overloaded') return { code: 503, sentence: 'too much arrives at once' };

    const events = parseEnvelope(request.headers, body.bytes);
    if (!events.ok) return this.#malformed({ problem: events.problem });
    const wishes: { readonly wish: Enqueue; readonly traceparent: string | undefined }[] = [];
    for (const event of events.value) {
      const routed = route(this.#options.rules, event);
      if (routed.kind === 'invalid') return this.#malformed({ ...naming(event), ...routed });
      if (routed.kind === 'ignored') this.#ignored(event, routed);
      else wishes.push({ wish: routed.wish, traceparent: parseTraceparent(event.traceparent) });
    }
    const { counted = () => {} } = this.#options;
    await this.#enqueueAll(wishes).catch((error: unknown) => {
      counted('unavailable', wishes.length);
      throw error;
    });
    counted('queued', wishes.length);
    return { code: wishes.length > 0 ? 202 : 204 };
  }

  /** Throws `QueueError`; some may be queued then. Doing it again is harmless. */
  async #enqueueAll(wishes: readonly { readonly wish: Enqueue; readonly traceparent: string | undefined }[]) {
    const left = [...wishes];
    const work = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        try {
          await this.#options.receiver.enqueue(next.wish, next.traceparent);
        } catch (error) {
          left.length = 0;
          throw error;
        }
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
    const failed = workers.find((worker) => worker.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #ignored(event: IncomingEvent, routed: Routed & { readonly kind: 'ignored' }): void {
    const { kind: _kind, ...reason } = routed;
    this.#options.journal.write('ingress.ignored', { ...naming(event), ...reason });
  }

  #malformed({ kind: _kind, ...fields }: { readonly problem: string; readonly kind?: string }): HttpAnswer {
    this.#options.journal.write('ingress.invalid', fields);
    return { code: 400, sentence: fields.problem };
  }

  #failure(error: unknown): HttpAnswer {
    const { details } = errorStatus(error, this.#options.journal);
    const unavailable = error instanceof QueueError && error.kind === 'unavailable';
    return { code: unavailable ? 503 : 500, sentence: details };
  }
}

function respond(response: ServerResponse, { code, sentence }: HttpAnswer): void {
  if (response.destroyed) return;
  const headers: Record<string, string> = sentence === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  if (code === 405) headers['allow'] = 'POST';
  // The rest of the body is still coming: the connection is of no more use.
  if (!response.req.complete) headers['connection'] = 'close';
  response.writeHead(code, headers).end(sentence === undefined ? undefined : `${sentence}\n`);
}

/** What is logged of an event. */
function naming({ id, source, type }: IncomingEvent) {
  return { id, source, type };
}
