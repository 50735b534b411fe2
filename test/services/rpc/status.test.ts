import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { RPC_METADATA } from '../../../catalogue/rpc-metadata.ts';
import { NoRetryDetails, Status } from '../../../services/rpc/definition.ts';
import { noRetryReason, rejection } from '../../../services/rpc/status.ts';

function trailer(bytes: Buffer): Metadata {
  const metadata = new Metadata();
  metadata.set(RPC_METADATA.statusDetails, bytes);
  return metadata;
}

test('a rejection carries its reason as INVALID_ARGUMENT, and as a detail', () => {
  const error = rejection('no such thing');
  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'no such thing' });
  expect(noRetryReason(error.metadata ?? new Metadata())).toBe('no such thing');
});

test('the detail is found among others, by its name alone', () => {
  const value = NoRetryDetails.serialize({ message: 'why' });
  const details = [
    { type_url: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from([8, 1]) },
    { type_url: 'example.com/types/chainguard.workqueue.NoRetryDetails', value },
  ];
  expect(noRetryReason(trailer(Status.serialize({ code: 2, details })))).toBe('why');
});

test('details that cannot be read say nothing', () => {
  expect(noRetryReason(new Metadata())).toBeUndefined();
  expect(noRetryReason(trailer(Buffer.from([0xff, 0xff, 0xff])))).toBeUndefined();
  const other = [{ type_url: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from([8, 1]) }];
  expect(noRetryReason(trailer(Status.serialize({ details: other })))).toBeUndefined();
});
