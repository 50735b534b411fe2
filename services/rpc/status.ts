import { Metadata, status } from '@grpc/grpc-js';
import { NO_RETRY_TYPE, RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import { NoRetryDetails, Status } from './definition.ts';

/** An error as gRPC carries it. */
export interface ErrorStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

/**
 * The error that says that a key is not to be tried again. The code alone says so to a Go dispatcher; the detail says that it
 * was meant.
 */
export function rejection(reason: string): ErrorStatus {
  const code = status.INVALID_ARGUMENT;
  const detail = { type_url: NO_RETRY_TYPE, value: NoRetryDetails.serialize({ message: reason }) };
  const metadata = new Metadata();
  metadata.set(RPC_METADATA.statusDetails, Status.serialize({ code, message: reason, details: [detail] }));
  return { code, details: reason, metadata };
}

/** The reason in a `NoRetryDetails` among the details of an error, or `undefined` if there is none that can be read. */
export function noRetryReason(trailer: Metadata): string | undefined {
  for (const bytes of trailer.get(RPC_METADATA.statusDetails)) {
    if (!Buffer.isBuffer(bytes)) continue;
    try {
      for (const detail of Status.deserialize(bytes).details) {
        // What stands before the last slash of a type URL is anyone's: the name is what counts.
        if (typeName(detail.type_url) === typeName(NO_RETRY_TYPE))
          return NoRetryDetails.deserialize(detail.value).message;
      }
    } catch {
      // Details that cannot be read say nothing; the code of the error still does.
    }
  }
  return undefined;
}

function typeName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
