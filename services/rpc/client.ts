import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import { type Enqueue, parseEnqueue } from '../../queue/core/enqueue.ts';
import { parseKey } from '../../queue/core/key.ts';
import type { Parsed } from '../../queue/core/parsed.ts';
import { oneLine } from '../../queue/core/text.ts';
import { QueueError, type QueueErrorKind } from '../../queue/errors.ts';
import type { KeyState } from '../../queue/key-state.ts';
import { parseAddress } from './address.ts';
import { Channel } from './channel.ts';
import { keyStateFromMessage, requestFromEnqueue } from './convert.ts';
import { credentialsFor } from './credentials.ts';
import { workqueueService } from './definition.ts';
import { ceilSeconds, type Duration, parseDuration } from './duration.ts';

export { QueueError, type QueueErrorKind } from '../../queue/errors.ts';
export type { KeyState } from '../../queue/key-state.ts';
export type { Duration } from './duration.ts';

export interface QueueOptions {
  /** Of the receiver: `https://host` (TLS and an ID token), or `host:port` on this machine. */
  readonly address: string;
}

export interface EnqueueOptions {
  /** 0 to 99,999,999; a higher one starts first. */
  readonly priority?: number;
  /** Not to be started before then; whole seconds, rounded up, at most a year. */
  readonly delay?: Duration;
  /** W3C trace context to link the run to. */
  readonly traceparent?: string;
}

/** A queue as another service sees it. All calls throw `QueueError`: `invalid` names the rule, `unavailable` may be tried again. */
export interface Queue {
  /** When this resolves, the key is in the bucket and will be started after this call was made. */
  enqueue(key: string, options?: EnqueueOptions): Promise<void>;
  /** Checks all keys before it sends any; when it throws later, some may be queued. Doing it again is harmless. */
  enqueueAll(keys: Iterable<string>, options?: EnqueueOptions): Promise<void>;
  /** Where a key is, or `undefined` if it is nowhere in the queue. */
  state(key: string): Promise<KeyState | undefined>;
  close(): void;
}

/**
 * Both calls may be repeated without harm, so gRPC itself repeats what was UNAVAILABLE. The timeout covers all tries of a call;
 * the receiver gives up on the bucket after 20 s.
 */
const SERVICE_CONFIG = {
  methodConfig: [
    {
      name: [{ service: 'chainguard.workqueue.WorkqueueService' }],
      timeout: '30s',
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.2s',
        maxBackoff: '2s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

/** How many calls `enqueueAll` has open at once: well below the 100 streams of a connection. */
const PARALLEL = 50;

/** Opens a queue by the address of its receiver; connects with the first call. Throws `QueueError` `invalid` for a bad address. */
export function openQueue(options: QueueOptions): Queue {
  const address = valid(parseAddress(options.address));
  const extra = { 'grpc.service_config': JSON.stringify(SERVICE_CONFIG) };
  const channel = new Channel(address, credentialsFor(address), extra);
  const { Process, GetKeyState } = workqueueService;

  const send = async (wish: Enqueue, traceparent?: string) => {
    await unary(channel, Process, requestFromEnqueue(wish), traceparent);
  };
  return {
    async enqueue(key, options = {}) {
      await send(wishFor(key, options), options.traceparent);
    },
    async enqueueAll(keys, options = {}) {
      const wishes = Array.from(keys, (key) => wishFor(key, options));
      let next = 0;
      const work = async () => {
        for (let wish = wishes[next++]; wish !== undefined; wish = wishes[next++]) {
          await send(wish, options.traceparent).catch((error: unknown) => {
            next = wishes.length;
            throw error;
          });
        }
      };
      const workers = await Promise.allSettled(Array.from({ length: PARALLEL }, work));
      const failed = workers.find((worker) => worker.status === 'rejected');
      if (failed) throw failed.reason;
    },
    async state(key) {
      try {
        const message = await unary(channel, GetKeyState, { key: valid(parseKey(key)) });
        return valid(keyStateFromMessage(message), 'internal');
      } catch (error) {
        if (error instanceof QueueError && codeOf(error.cause) === status.NOT_FOUND) return undefined;
        throw error;
      }
    },
    close: () => channel.close(),
  };
}

function wishFor(key: string, options: EnqueueOptions): Enqueue {
  const delayMs = valid(parseDuration(options.delay ?? 0));
  return valid(parseEnqueue({ key, priority: options.priority, delaySeconds: ceilSeconds(delayMs) }));
}

function valid<T>(parsed: Parsed<T>, kind: QueueErrorKind = 'invalid'): T {
  if (parsed.ok) return parsed.value;
  throw new QueueError(kind, parsed.problem);
}

interface Method<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

function unary<Request, Response>(
  { client }: Channel,
  method: Method<Request, Response>,
  request: Request,
  traceparent?: string,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = method;
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set(RPC_METADATA.traceparent, traceparent);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, response) => {
      if (error || !response) reject(queueError(error));
      else resolve(response);
    });
  });
}

/** Sorted by what a caller can do about it. */
function queueError(error: ServiceError | null): QueueError {
  if (!error) return new QueueError('internal', 'the receiver answered nothing');
  const text = oneLine(error.details);
  switch (error.code) {
    case status.INVALID_ARGUMENT:
      return new QueueError('invalid', text, error);
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new QueueError('unavailable', `the receiver does not let this service in: ${text}`, error);
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
    case status.RESOURCE_EXHAUSTED:
    case status.CANCELLED:
      return new QueueError('unavailable', `the receiver is not available: ${text}`, error);
    default:
      return new QueueError('internal', `the receiver failed: ${status[error.code] ?? error.code}: ${text}`, error);
  }
}

function codeOf(error: unknown): unknown {
  return (error as Partial<ServiceError> | undefined)?.code;
}
