import { Client, credentials, Metadata, type StatusObject } from '@grpc/grpc-js';
import { workqueueService } from '../../services/rpc/definition.ts';

/** What came back from a call, as the wire had it. */
export interface WireAnswer {
  readonly code: number;
  readonly details: string;
  readonly initial: Metadata;
  readonly trailer: Metadata;
  /** Undecoded; absent on an error. */
  readonly bytes?: Buffer | undefined;
}

export interface WireCall {
  readonly answer: Promise<WireAnswer>;
  /** Resolves with the initial metadata. */
  readonly begun: Promise<Metadata>;
  cancel(): void;
}

/** A gRPC client that sends any bytes, so that a test can say what a well-behaved client cannot. */
export class WireClient implements Disposable {
  readonly #client: Client;

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  call(method: keyof typeof workqueueService, bytes: Buffer, headers: Record<string, string> = {}): WireCall {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const begun = Promise.withResolvers<Metadata>();
    const ended = Promise.withResolvers<WireAnswer>();
    const raw = (value: Buffer) => value;
    const { path } = workqueueService[method] as { path: string };
    let received: Buffer | undefined;
    let initial = new Metadata();
    const call = this.#client.makeUnaryRequest(path, raw, raw, bytes, metadata, (_error, value) => {
      received = value;
    });
    call.on('metadata', (first) => {
      initial = first;
      begun.resolve(first);
    });
    call.on('status', (end: StatusObject) => {
      ended.resolve({ code: end.code, details: end.details, initial, trailer: end.metadata, bytes: received });
    });
    return { answer: ended.promise, begun: begun.promise, cancel: () => call.cancel() };
  }

  /** `Process` with these fields, decoded. */
  process(
    request: { key: string; priority?: number; delaySeconds?: number },
    headers?: Record<string, string>,
  ): WireCall {
    return this.call('Process', workqueueService.Process.requestSerialize(request), headers);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Bytes of a request whose key is these bytes. */
export function requestWithKey(key: Uint8Array): Buffer {
  const length = key.length < 128 ? [key.length] : [(key.length & 0x7f) | 0x80, key.length >> 7];
  return Buffer.from([0x0a, ...length, ...key]);
}
