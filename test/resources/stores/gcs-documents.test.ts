import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openStorage } from '../../../queue/stores/gcs-client.ts';
import { gcsDocuments } from '../../../resources/stores/gcs-documents.ts';
import { NO_DOCUMENT } from '../../../resources/ports/documents.ts';
import { systemClock, systemRandom } from '../../../services/runtime/clock.ts';
import { runStorage } from '../../support/storage-emulator.ts';
import { documentsContract } from './documents.contract.ts';

documentsContract('Cloud Storage, on the emulator', {
  async open() {
    const running = await runStorage();
    return {
      documents: gcsDocuments({ storage: running.storage, bucket: 'bkt', clock: systemClock, random: systemRandom }),
      raw: (name, text) =>
        running.fetch(`/upload/storage/v1/b/bkt/o?uploadType=media&name=${name}`, { method: 'POST', body: text }),
      close: async () => running[Symbol.asyncDispose](),
    };
  },
});

/** A Cloud Storage that answers everything in one way, and counts. */
async function stubborn(status: number, answer: string) {
  let requests = 0;
  const server = createServer((incoming, response) => {
    incoming.resume();
    requests++;
    if (status === 0) incoming.socket.destroy();
    else response.writeHead(status).end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const apiEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const storage = openStorage({ apiEndpoint, projectId: 'p' });
  return {
    documents: gcsDocuments({ storage, bucket: 'b', clock: systemClock, random: systemRandom, readBudgetMs: 0 }),
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test.for([
  [0, ''],
  [503, 'later'],
] as const)('a write that ends with %s is unknown, and is not sent again', async ([status, answer]) => {
  await using stub = await stubborn(status, answer);
  expect(await stub.documents.put('one', { body: 1 }, NO_DOCUMENT)).toMatchObject({ kind: 'unknown' });
  expect(await stub.documents.delete('one', '1')).toMatchObject({ kind: 'unknown' });
  expect(stub.requests()).toBe(2);
  await expect(stub.documents.get('one')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a rate limit is an answer, a missing permission or bucket an error', async () => {
  await using limited = await stubborn(429, 'slow down');
  expect(await limited.documents.put('one', { body: 1 }, '7')).toEqual({ kind: 'throttled' });
  await using closed = await stubborn(403, 'not you');
  await expect(closed.documents.get('one')).rejects.toMatchObject({ kind: 'unavailable', message: /no permission/ });
  await using gone = await stubborn(404, 'The specified bucket does not exist.');
  await expect(gone.documents.get('one')).rejects.toMatchObject({ message: /bucket does not exist/ });
});
