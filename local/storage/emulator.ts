import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Clock, sleep } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { BodyReader } from '../../services/http/body-reader.ts';
import { boundedServer } from '../../services/http/bounded-server.ts';
import type { HttpLimits } from '../../services/http/limits.ts';
import { internalError, overloaded, tooLarge } from './errors.ts';
import { HTTP_LIMITS } from './limits.ts';
import { notificationsOf, type Publish } from './notifications.ts';
import type { Reply } from './reply.ts';
import { answer } from './router.ts';
import { UploadSessions } from './sessions.ts';
import { StorageState } from './state.ts';

export interface StorageEmulatorOptions {
  /** 0 = any free one. */
  readonly port: number;
  /** Where the buckets are kept between lives. Absent: in memory only. */
  readonly folder?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** From request to answer; takes effect half-way. */
  readonly latencyMs?: number;
  /** About one write a second to one object, as the real store has it. */
  readonly rateLimit?: boolean;
  /** Where notifications go. Absent: nowhere, though configurations are kept. */
  readonly publish?: Publish;
  readonly limits?: HttpLimits;
  readonly log?: (message: string, cause: unknown) => void;
}

export interface StorageEmulator {
  readonly port: number;
  /** What clients take as `apiEndpoint`. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Starts a Cloud Storage of one's own: the JSON API over HTTP, for this machine only. */
export async function startStorageEmulator(options: StorageEmulatorOptions): Promise<StorageEmulator> {
  const { clock, folder, rateLimit = false, latencyMs = 0, limits = HTTP_LIMITS, log = () => {} } = options;
  let origin = '';
  const state = new StorageState({
    clock,
    rateLimit,
    ...(folder !== undefined && { folder }),
    onChange: (bucket, change) => {
      const at = { nowMs: clock.now(), origin };
      for (const { topic, message } of notificationsOf(
        bucket.properties.name,
        change,
        bucket.notifications.values(),
        at,
      )) {
        // The write is made and will be answered, whatever becomes of the message.
        const published = async () => options.publish?.(topic, message);
        published().catch((error: unknown) => log(`a notification could not be published: topic=${topic}`, error));
      }
    },
  });
  const context = { state, sessions: new UploadSessions(options) };
  const bodies = new BodyReader(limits);

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodies.read(incoming);
    if (body.kind === 'broken') return;
    if (body.kind !== 'whole') {
      // What is left of the body is not read: the connection ends with this answer.
      response.shouldKeepAlive = false;
      send(response, body.kind === 'too-large' ? tooLarge(limits.maxBodyBytes) : overloaded());
      response.once('finish', () => incoming.destroy());
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    const [path, query] = splitOnce(url, '?');
    const request = { method, path, headers, body: body.bytes, query: new URLSearchParams(query), origin };
    if (latencyMs > 0) await sleep(clock, latencyMs / 2);
    const reply = answer(context, request);
    if (latencyMs > 0) await sleep(clock, latencyMs / 2);
    send(response, reply);
  }

  const server = boundedServer(limits, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      log(`a request failed: ${incoming.method} ${incoming.url}`, error);
      if (!response.headersSent) send(response, internalError());
    });
  });
  const port = await listen(server, options.port).catch((error: unknown) => {
    state.close();
    throw error;
  });
  origin = `http://127.0.0.1:${port}`;
  return { port, origin, close: () => close(server).finally(() => state.close()) };
}

function send(response: ServerResponse, reply: Reply): void {
  const body = reply.kind === 'json' ? Buffer.from(JSON.stringify(reply.value)) : undefined;
  const bytes = reply.kind === 'bytes' ? reply.bytes : body;
  const type = body && { 'content-type': 'application/json; charset=UTF-8' };
  const length = reply.status === 204 || reply.status === 304 ? {} : { 'content-length': String(bytes?.length ?? 0) };
  response.writeHead(reply.status, { ...type, ...length, ...reply.headers });
  response.end(bytes);
}

/** 127.0.0.1 and nothing else: whoever can reach it can read and write everything. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
