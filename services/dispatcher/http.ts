import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Journal } from '../../catalogue/events.ts';
import { parsePush } from './push.ts';
import { parseTrigger, type Trigger } from './trigger.ts';

/** A push is at most 10 MB of Pub/Sub's, but a hint of ours is a few kilobytes. */
const MOST_BODY_BYTES = 1024 * 1024;
/** For the head of a request, and for all of it, to arrive. An answer may take as long as it likes. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

export interface DispatcherServerOptions {
  /** Serves `/metrics`. */
  readonly page?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Told what became of each push; `held`: it only kept a request open. */
  readonly counted?: ((result: 'dispatched' | 'held' | 'ignored' | 'error') => void) | undefined;
}

/**
 * The dispatcher's door: Pub/Sub's pushes.
 *
 * | answer | when |
 * |---|---|
 * | 204 | served, or handed on to a newer trigger; also a message that is none of ours, which no repetition would mend |
 * | 400, 405, 413 | not a push of Pub/Sub |
 * | 503 | cannot be served now: Pub/Sub sends it again |
 */
export function dispatcherServer(
  dispatcher: { trigger(trigger: Trigger): Promise<void> },
  journal: Journal,
  { page, counted = () => {} }: DispatcherServerOptions = {},
): Server {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      journal.write('trigger.failed', { error: String(error) });
      counted('error');
      answer(response, 503, 'the trigger cannot be served now');
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/health') return answer(response, 200, 'ok');
    if (page && request.method === 'GET' && request.url === '/metrics') return page(request, response);
    if (request.method !== 'POST')
      return answer(response, 405, 'only POST: this is the endpoint of a push subscription');
    const body = await readBody(request);
    if (body === undefined) return answer(response, 413, `body is larger than ${MOST_BODY_BYTES} bytes`);
    const pushed = parsePush(body);
    if (!pushed.ok) {
      journal.write('hint.invalid', { problem: pushed.problem });
      return answer(response, 400, pushed.problem);
    }
    const trigger = parseTrigger(pushed.value);
    if (trigger.ok) {
      await dispatcher.trigger(trigger.value);
      counted(trigger.value.kind === 'wake' ? 'held' : 'dispatched');
    } else {
      journal.write('hint.invalid', { problem: trigger.problem });
      counted('ignored');
    }
    answer(response, 204);
  }

  return server;
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response: ServerResponse, status: number, text?: string): void {
  if (response.headersSent || response.destroyed) return;
  // The rest of a body that was refused is not waited for.
  if (status >= 400) response.setHeader('connection', 'close');
  if (text === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
