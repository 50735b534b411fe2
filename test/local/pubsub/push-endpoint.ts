import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

interface Push {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PushEndpoint {
  readonly url: string;
  readonly pushes: readonly Push[];
  /** Resolves with all pushes once there are `count`. */
  received(count: number): Promise<readonly Push[]>;
  close(): Promise<void>;
}

/** An HTTP server that takes pushes; `answer` sees their number, from 1. The default answers 204. */
export async function startPushEndpoint(
  answer: (response: ServerResponse, nth: number) => void = (response) => response.writeHead(204).end(),
): Promise<PushEndpoint> {
  const pushes: Push[] = [];
  const waiting: { count: number; resolve: (pushes: readonly Push[]) => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      pushes.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, pushes.length);
      for (const { count, resolve } of waiting) if (pushes.length >= count) resolve([...pushes]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/push`,
    pushes,
    received: (count) =>
      new Promise((resolve) => {
        if (pushes.length >= count) resolve([...pushes]);
        else waiting.push({ count, resolve });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
