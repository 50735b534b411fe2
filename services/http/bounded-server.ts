import { createServer, type RequestListener, type Server } from 'node:http';
import type { HttpLimits } from './limits.ts';

/** A server that keeps the limits, but for those of bodies, which {@link BodyReader} keeps. Node answers 408 and 431 by itself. */
export function boundedServer(limits: HttpLimits, listener: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      // By default Node looks every 30 s only, whatever the timeouts are.
      connectionsCheckingInterval: limits.checkTimeoutsEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
    },
    listener,
  );
  server.maxHeadersCount = limits.maxHeaders;
  server.maxConnections = limits.maxConnections;
  return server;
}
