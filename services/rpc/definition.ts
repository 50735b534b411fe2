import { isUtf8 } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader';
import type { ProcessResponse__Output } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { WorkqueueServiceDefinition } from '../../proto/gen/chainguard/workqueue/WorkqueueService.ts';
import type { ProtoGrpcType as RawProto } from '../../proto/gen/raw.ts';
import type { ProtoGrpcType as StatusProto } from '../../proto/gen/status.ts';
import type { ProtoGrpcType as WorkqueueProto } from '../../proto/gen/workqueue.ts';

/** How messages look in JavaScript. `proto/generate.ts` is given the same, so that the generated types tell the truth. */
const LOADING: Options = { longs: String, enums: String, defaults: true };

type Messages = WorkqueueProto['chainguard']['workqueue'];

function load(proto: string): PackageDefinition {
  return loadSync(fileURLToPath(new URL(`../../proto/${proto}`, import.meta.url)), LOADING);
}

/** The protocol as reflection describes it. */
export const workqueuePackage: PackageDefinition = load('workqueue.proto');

export const NoRetryDetails = workqueuePackage['chainguard.workqueue.NoRetryDetails'] as Messages['NoRetryDetails'];

export const Status = load('status.proto')['google.rpc.Status'] as StatusProto['google']['rpc']['Status'];

/**
 * What stands for a key whose bytes are not UTF-8: a lone surrogate, which no UTF-8 decodes to, so that `parseKey` refuses it by
 * its rule. (Throwing while decoding would answer INTERNAL, as if it were our bug.)
 */
const NOT_UTF8 = '\ud800';

const raw = load('raw.proto') as unknown as {
  'levelset.raw.Keyed': RawProto['levelset']['raw']['Keyed'];
  'levelset.raw.Keys': RawProto['levelset']['raw']['Keys'];
};

/** Decodes a message with a key without ever letting bytes that are not UTF-8 pass for a key. */
function withHonestKey<T extends { key: string }>(decode: (bytes: Buffer) => T): (bytes: Buffer) => T {
  return (bytes) => {
    const message = decode(bytes);
    return isUtf8(raw['levelset.raw.Keyed'].deserialize(bytes).key) ? message : { ...message, key: NOT_UTF8 };
  };
}

function withHonestQueueKeys(decode: (bytes: Buffer) => ProcessResponse__Output) {
  return (bytes: Buffer): ProcessResponse__Output => {
    const message = decode(bytes);
    if (message.queueKeys.length === 0) return message;
    const { queueKeys } = raw['levelset.raw.Keys'].deserialize(bytes);
    return {
      ...message,
      queueKeys: message.queueKeys.map((wish, index) => {
        const key = queueKeys[index]?.key;
        return key && !isUtf8(key) ? { ...wish, key: NOT_UTF8 } : wish;
      }),
    };
  };
}

const loaded = workqueuePackage['chainguard.workqueue.WorkqueueService'] as unknown as WorkqueueServiceDefinition;

/** The service that receivers and reconcilers implement, for `Server.addService` and for clients. */
export const workqueueService: WorkqueueServiceDefinition = {
  Process: {
    ...loaded.Process,
    requestDeserialize: withHonestKey(loaded.Process.requestDeserialize),
    responseDeserialize: withHonestQueueKeys(loaded.Process.responseDeserialize),
  },
  GetKeyState: {
    ...loaded.GetKeyState,
    requestDeserialize: withHonestKey(loaded.GetKeyState.requestDeserialize),
  },
};
