import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { Broker } from './broker.ts';
import { httpPoster } from './http-post.ts';
import type { Observe } from './observe.ts';
import { loadServices } from './protos.ts';
import { publisherService } from './publisher-service.ts';
import type { MintToken } from './pusher.ts';
import { subscriberService } from './subscriber-service.ts';

export interface PubsubEmulatorOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of failed pushes and dead letters. Must not throw. */
  readonly log?: Observe;
  /** Signs the tokens of pushes with an `oidcToken` config. Without it they carry no Authorization header. */
  readonly mintToken?: MintToken;
}

export interface PubsubEmulator {
  readonly port: number;
  /** Ends open streams with UNAVAILABLE, aborts pushes, frees the port. May be called twice. */
  close(): Promise<void>;
}

/** Largest Publish request, 10 MB, and room for its framing. */
const MAX_REQUEST_BYTES = 20 * 1024 * 1024;

/**
 * Pub/Sub over gRPC on 127.0.0.1, without TLS and without authentication, as `PUBSUB_EMULATOR_HOST` expects it. It keeps
 * everything in memory. What it does not emulate (schemas, snapshots and Seek, exactly-once delivery, exports, ingestion,
 * transforms, REST, IAM) is refused with UNIMPLEMENTED rather than ignored.
 */
export async function startPubsubEmulator(options: PubsubEmulatorOptions): Promise<PubsubEmulator> {
  const { clock, random, log, mintToken } = options;
  const poster = httpPoster(clock);
  const broker = new Broker({ clock, random, poster, mintToken, observe: log ?? (() => {}) });
  const services = loadServices();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': MAX_REQUEST_BYTES,
  });
  server.addService(services.publisher, publisherService(broker));
  server.addService(services.subscriber, subscriberService(broker, clock));
  const port = await bind(server, options.port);
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    broker.close();
    poster.close();
    const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    server.forceShutdown();
    await drained;
  }

  return { port, close: () => (closed ??= close()) };
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}
