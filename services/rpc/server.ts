import { createServer, type AddressInfo } from 'node:net';
import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { WorkqueueServiceHandlers } from '../../proto/gen/chainguard/workqueue/WorkqueueService.ts';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { workqueuePackage, workqueueService } from './definition.ts';
import { RPC_LIMITS, type RpcLimits } from './limits.ts';

const SERVICE = 'chainguard.workqueue.WorkqueueService';

export interface RpcServerOptions {
  readonly handlers: Pick<WorkqueueServiceHandlers, 'Process' | 'GetKeyState'>;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: RpcLimits;
  readonly grpc?: ServerOptions;
}

export interface RpcServer {
  /** Binds and serves; resolves to the real port. Throws `QueueError` `unavailable` when the address cannot be had. */
  listen(): Promise<number>;
  /** Health checks answer NOT_SERVING from now on; calls are still taken. */
  drain(): void;
  /** Takes no more calls, lets running ones end, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** A gRPC server of the workqueue service with health checks and reflection. Without TLS, which ends at the platform's front end. */
export function rpcServer(options: RpcServerOptions): RpcServer {
  const { handlers, host, port, clock, limits = RPC_LIMITS } = options;
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxRequestBytes,
    'grpc.max_concurrent_streams': limits.maxCallsPerConnection,
    'grpc.max_connection_idle_ms': limits.idleConnectionMs,
    ...options.grpc,
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  // A listener of our own, because gRPC's takes any number of connections.
  const listener = createServer((socket) => {
    socket.setNoDelay(true);
    injector.injectConnection(socket);
  });
  listener.maxConnections = limits.maxConnections;
  const health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE]: 'NOT_SERVING' });
  const setServing = (serving: boolean) => {
    for (const name of ['', SERVICE]) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };
  server.addService(workqueueService, { Process: handlers.Process, GetKeyState: handlers.GetKeyState });
  health.addToServer(server);
  new ReflectionService(workqueuePackage, { services: [SERVICE] }).addToServer(server);

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        listener.once('error', (error) => {
          reject(new QueueError('unavailable', `cannot listen: host=${host} port=${port}`, error));
        });
        listener.listen(port, host, () => {
          setServing(true);
          resolve((listener.address() as AddressInfo).port);
        });
      }),
    drain: () => setServing(false),
    close: (graceMs) =>
      new Promise((resolve) => {
        setServing(false);
        listener.close();
        const cancel = clock.after(graceMs, () => server.forceShutdown());
        // Answers also when it was forced.
        server.tryShutdown(() => {
          cancel();
          resolve();
        });
      }),
  };
}
