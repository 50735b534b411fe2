import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Storage } from '@google-cloud/storage';
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
  /** Connections to keep open between requests: about as many as there are requests at once. */
  readonly connections: number;
}

/**
 * Sends requests over Node's own HTTP, with the official client's authentication and nothing else of it. Costs a fraction of the
 * CPU of {@link clientTransport}, most of all on listings: see `docs/performance.md`.
 */
export function leanTransport({ storage, clock, timeoutMs, connections }: LeanTransportOptions): GcsTransport {
  const secure = new URL(storage.apiEndpoint).protocol === 'https:';
  const options = { keepAlive: true, maxFreeSockets: connections, timeout: IDLE_MS };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const open = secure ? httpsRequest : httpRequest;

  return async (request) => {
    let authorization: Record<string, string>;
    try {
      authorization = await authorize(storage);
    } catch (cause) {
      return { kind: 'silent', cause };
    }
    const { method, body, contentType = 'application/json' } = request;
    const headers = {
      ...authorization,
      'user-agent': 'levelset',
      ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
      // A DELETE or GET has no body, and some front ends refuse a POST or PATCH that does not say so.
      ...(body === undefined && method !== 'GET' && { 'content-length': 0 }),
    };
    return exchange(`${storage.apiEndpoint}${targetOf(request)}`, request, headers);
  };

  function exchange(
    url: string,
    { method, body }: GcsRequest,
    headers: Record<string, string | number>,
  ): Promise<GcsAnswer> {
    return new Promise((resolve) => {
      const sent = open(url, { method, headers, agent }, (response) => {
        read(response).then(
          (text) => settle(understand(response.statusCode ?? 0, text)),
          (cause: unknown) => settle({ kind: 'silent', cause }),
        );
      });
      const cancel = clock.after(timeoutMs, () => sent.destroy(new Error(`no answer in time: timeoutMs=${timeoutMs}`)));
      const settle = (answer: GcsAnswer) => {
        cancel();
        resolve(answer);
      };
      sent.on('error', (cause) => settle({ kind: 'silent', cause }));
      sent.end(body);
    });
  }
}

/** Headers that say who asks; none for an emulator. The client caches its token and renews it in time. */
async function authorize(storage: Storage): Promise<Record<string, string>> {
  if (storage.customEndpoint) return {};
  const headers = await storage.authClient.getRequestHeaders();
  return Object.fromEntries(headers.entries());
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer).toString('utf8') : Buffer.concat(chunks).toString('utf8');
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
