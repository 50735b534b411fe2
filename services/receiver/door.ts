import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Journal } from '../../catalogue/events.ts';
import { parseEnqueue } from '../../queue/core/enqueue.ts';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { BodyReader } from '../http/body-reader.ts';
import { boundedServer } from '../http/bounded-server.ts';
import { type HttpLimits, SERVICE_HTTP_LIMITS } from '../http/limits.ts';
import { errorStatus } from '../rpc/reply.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import { contentMode, parseBinary, parseStructured } from './cloud-event.ts';
import type { Receiver } from './receiver.ts';

export interface DoorOptions {
  readonly receiver: Pick<Receiver, 'enqueue'>;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly limits?: HttpLimits;
}

/** What to answer. A sender repeats on 5xx and 429, and gives up on other 4xx. */
interface HttpAnswer {
  readonly code: number;
  /** For people; absent where the code says it all. */
  readonly sentence?: string;
}

/** The HTTP door: `POST /` with a CloudEvent, whose subject is the key. */
export class Door {
  readonly #server: Server;
  readonly #options: DoorOptions;
  readonly #limits: HttpLimits;
  readonly #bodies: BodyReader;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#limits = options.limits ?? SERVICE_HTTP_LIMITS;
    this.#bodies = new BodyReader(this.#limits);
    this.#server = boundedServer(this.#limits, (request, response) => {
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
    if (request.url !== '/') return { code: 404, sentence: 'events are posted to /' };
    if (request.method !== 'POST') return { code: 405, sentence: 'events are posted' };
    const mode = contentMode(request.headers);
    if (!mode) return { code: 415, sentence: 'not a CloudEvent in binary mode, nor application/cloudevents+json' };
    const body = await this.#bodies.read(request);
    if (body.kind === 'broken') return { code: 400, sentence: 'body ended early' };
    if (body.kind === 'too-large') {
      return { code: 413, sentence: `body is longer than ${this.#limits.maxBodyBytes} bytes` };
    }
    if (body.kind === 'overloaded') return { code: 503, sentence: 'too much arrives at once' };

    const event = mode === 'binary' ? parseBinary(request.headers) : parseStructured(body.bytes);
    if (!event.ok) return this.#malformed(event.problem);
    const { id, source, type, subject } = event.value;
    if (subject === undefined) {
      this.#options.journal.write('ingress.ignored', { id, source, type });
      return { code: 204 };
    }
    const wish = parseEnqueue({ key: subject });
    if (!wish.ok) return this.#malformed(`subject: ${wish.problem}`);
    const traceparent =
      parseTraceparent(event.value.traceparent) ?? parseTraceparent(oneOf(request.headers['traceparent']));
    await this.#options.receiver.enqueue(wish.value, traceparent);
    return { code: 202 };
  }

  #malformed(problem: string): HttpAnswer {
    this.#options.journal.write('ingress.invalid', { problem });
    return { code: 400, sentence: problem };
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

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
