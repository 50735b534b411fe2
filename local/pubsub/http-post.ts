import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../queue/ports/clock.ts';
import type { PushRequest } from './push-request.ts';

export type PostResult =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly error: string };

/** Sends pushes. */
export interface Poster {
  /** Never rejects. The request ends when it is answered, after `timeoutMs`, or when the poster is closed. */
  post(request: PushRequest, timeoutMs: number): Promise<PostResult>;
  close(): void;
}

/** An informational answer that the service counts as an ack. */
const PROCESSING = 102;

/**
 * Posts over kept-alive connections. The body of an answer is drained and thrown away, but it has to end before the
 * timeout: an endpoint cannot make us hold memory, nor more sockets than there are unanswered pushes.
 */
export function httpPoster(clock: Clock): Poster {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const cutters = new Set<() => void>();

  function post({ url, headers, body }: PushRequest, timeoutMs: number): Promise<PostResult> {
    return new Promise((resolve) => {
      const options = { method: 'POST', headers: { ...headers, 'content-length': body.length } };
      const request = url.startsWith('https:')
        ? httpsRequest(url, { ...options, agent: agents.https })
        : httpRequest(url, { ...options, agent: agents.http });
      const cut = () => request.destroy();
      const cancelTimeout = clock.after(timeoutMs, () => {
        resolve({ kind: 'timeout' });
        cut();
      });
      cutters.add(cut);
      request.on('information', ({ statusCode }) => {
        if (statusCode !== PROCESSING) return;
        resolve({ kind: 'status', status: statusCode });
        cut();
      });
      request.on('response', (response) => {
        response.on('end', () => resolve({ kind: 'status', status: response.statusCode ?? 0 }));
        response.on('error', cut);
        response.resume();
      });
      request.on('error', (error) => resolve({ kind: 'failed', error: error.message }));
      request.on('close', () => {
        resolve({ kind: 'failed', error: 'closed without an answer' });
        cancelTimeout();
        cutters.delete(cut);
      });
      request.end(body);
    });
  }

  function close(): void {
    for (const cut of cutters) cut();
    agents.http.destroy();
    agents.https.destroy();
  }

  return { post, close };
}
