import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly clientPort: number | undefined;
}

/** `hang`: no answer, ever. `reset`: the connection is cut. */
export type Script = 'hang' | 'reset' | { readonly status: number; readonly body?: unknown; readonly text?: string };

export interface ScriptedServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  /** Resolves when so many requests have come. */
  requests(count: number): Promise<void>;
}

/** A server that answers what the script says, in order; the last line of the script goes on for ever. */
export async function scriptedServer(...script: readonly [Script, ...Script[]]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const waiting: { count: number; wake: () => void }[] = [];
  const server = createServer((incoming, response) => {
    void readAll(incoming).then((body) => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      seen.push({
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        body,
        headers: incoming.headers,
        clientPort: incoming.socket.remotePort,
      });
      const line = script[Math.min(seen.length, script.length) - 1] ?? 'hang';
      if (line === 'reset') incoming.socket.resetAndDestroy();
      else if (line !== 'hang') {
        response.writeHead(line.status, { 'content-type': 'application/json' });
        response.end(line.text ?? (line.body === undefined ? '' : JSON.stringify(line.body)));
      }
      for (const { count, wake } of waiting) if (seen.length >= count) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    requests: (count) => new Promise((wake) => (seen.length >= count ? wake() : waiting.push({ count, wake }))),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
