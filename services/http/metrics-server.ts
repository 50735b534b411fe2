import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundedServer } from './bounded-server.ts';
import { SERVICE_HTTP_LIMITS } from './limits.ts';

export interface MetricsServerOptions {
  /** Answers a request for the metrics. */
  readonly page: RequestListener;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

/** `/metrics` on a port of its own, for a service whose port speaks gRPC. */
export function metricsServer({ page, host, port }: MetricsServerOptions) {
  const server = boundedServer(SERVICE_HTTP_LIMITS, (request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') page(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('GET /metrics\n');
  });
  return {
    /** Resolves to the real port. */
    listen: () =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
