import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Server } from 'node:http';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';

export interface ApiServer {
  /** As bound. */
  readonly port: number;
  /** Takes no more requests, lets running ones end, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Serves the API over HTTP. Throws `QueueError` `unavailable` when the address cannot be had. */
export function serveApi(app: Hono, { host, port }: { host: string; port: number }, clock: Clock): Promise<ApiServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
      resolve({ port: address.port, close: (graceMs) => close(server, graceMs, clock) });
    }) as Server;
    server.once('error', (error) => {
      reject(new QueueError('unavailable', `cannot listen: host=${host} port=${port}`, error));
    });
  });
}

function close(server: Server, graceMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
