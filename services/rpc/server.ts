import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { WorkqueueServiceHandlers } from '../../proto/gen/chainguard/workqueue/WorkqueueService.ts';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { workqueuePackage, workqueueService } from './definition.ts';

const SERVICE = 'chainguard.workqueue.WorkqueueService';

/** A key has at most 1000 bytes: what is far larger is not worth a sentence about it. */
const MAX_REQUEST_BYTES = 64 * 1024;

export interface RpcServerOptions {
  readonly handlers: Pick<WorkqueueServiceHandlers, 'Process' | 'GetKeyState'>;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly clock: Clock;
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
  const { handlers, host, port, clock } = options;
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES, ...options.grpc });
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
        server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
          if (error) {
            reject(new QueueError('unavailable', `cannot listen: host=${host} port=${port}`, error));
            return;
          }
          setServing(true);
          resolve(bound);
        });
      }),
    drain: () => setServing(false),
    close: (graceMs) =>
      new Promise((resolve) => {
        setServing(false);
        const cancel = clock.after(graceMs, () => server.forceShutdown());
        // Answers also when it was forced.
        server.tryShutdown(() => {
          cancel();
          resolve();
        });
      }),
  };
}
