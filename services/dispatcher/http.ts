import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Journal } from '../../catalogue/events.ts';
import { BodyReader } from '../http/body-reader.ts';
import { boundedServer } from '../http/bounded-server.ts';
import { type HttpLimits, SERVICE_HTTP_LIMITS } from '../http/limits.ts';
import { parsePush } from './push.ts';
import { parseTrigger, type Trigger } from './trigger.ts';

export interface DispatcherServerOptions {
  /** Serves `/metrics`. */
  readonly page?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Told what became of each push; `held`: it only kept a request open. */
  readonly counted?: ((result: 'dispatched' | 'held' | 'ignored' | 'error') => void) | undefined;
  readonly limits?: HttpLimits | undefined;
}

/**
 * The dispatcher's door: Pub/Sub's pushes.
 *
 * | answer | when |
 * |---|---|
 * | 204 | served, or handed on to a newer trigger; also a message that is none of ours, which no repetition would mend |
 * | 400, 405, 413 | not a push of Pub/Sub |
 * | 503 | cannot be served now, or too much arrives at once: Pub/Sub sends it again |
 */
export function dispatcherServer(
  dispatcher: { trigger(trigger: Trigger): Promise<void> },
  journal: Journal,
  { page, counted = () => {}, limits = SERVICE_HTTP_LIMITS }: DispatcherServerOptions = {},
): Server {
  const bodies = new BodyReader(limits);
  const server = boundedServer(limits, (request, response) => {
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
    const body = await bodies.read(request);
    if (body.kind === 'broken') return;
    if (body.kind === 'too-large') return answer(response, 413, `body is larger than ${limits.maxBodyBytes} bytes`);
    if (body.kind === 'overloaded') return answer(response, 503, 'too much arrives at once');
    const pushed = parsePush(body.bytes.toString('utf8'));
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

function answer(response: ServerResponse, status: number, text?: string): void {
  if (response.headersSent || response.destroyed) return;
  // The rest of a body that was refused is not waited for.
  if (status >= 400) response.setHeader('connection', 'close');
  if (text === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
