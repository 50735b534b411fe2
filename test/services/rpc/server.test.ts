import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { expect, test } from 'vitest';
import { QueueError } from '../../../queue/errors.ts';
import { rpcServer } from '../../../services/rpc/server.ts';
import { systemClock } from '../../../services/runtime/clock.ts';

const handlers = { Process() {}, GetKeyState() {} };
const SERVICE = 'chainguard.workqueue.WorkqueueService';

async function listening() {
  const server = rpcServer({ handlers, host: '127.0.0.1', port: 0, clock: systemClock });
  const port = await server.listen();
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      await server.close(1_000);
    },
  };
}

function health(client: Client, service: string): Promise<unknown> {
  const { Check } = healthService as unknown as Record<
    string,
    { path: string; requestSerialize: () => Buffer; responseDeserialize: (bytes: Buffer) => { status: string } }
  >;
  return new Promise((resolve, reject) => {
    if (!Check) throw new Error('no Check');
    client.makeUnaryRequest(
      Check.path,
      Check.requestSerialize,
      Check.responseDeserialize,
      { service },
      (error, answer) => (error ? reject(error) : resolve(answer?.status)),
    );
  });
}

test('serves health checks, and says that it drains', async () => {
  await using listener = await listening();
  const client = new Client(`127.0.0.1:${listener.port}`, credentials.createInsecure());
  for (const name of ['', SERVICE]) expect(await health(client, name)).toBe('SERVING');
  listener.server.drain();
  for (const name of ['', SERVICE]) expect(await health(client, name)).toBe('NOT_SERVING');
  client.close();
});

interface Reflection extends Client {
  ServerReflectionInfo(): ClientDuplexStream<object, { listServicesResponse?: { service: { name: string }[] } }>;
}

test('describes itself by reflection', async () => {
  const folder = join(createRequire(import.meta.url).resolve('@grpc/reflection'), '../../proto/grpc/reflection/v1');
  const loaded = loadPackageDefinition(loadSync('reflection.proto', { includeDirs: [folder] }));
  const { ServerReflection } = (
    loaded as unknown as { grpc: { reflection: { v1: { ServerReflection: new (...args: unknown[]) => Reflection } } } }
  ).grpc.reflection.v1;
  await using listener = await listening();
  const client = new ServerReflection(`127.0.0.1:${listener.port}`, credentials.createInsecure());
  const stream = client.ServerReflectionInfo();
  const answer = new Promise<{ listServicesResponse?: { service: { name: string }[] } }>((resolve) =>
    stream.once('data', resolve),
  );
  stream.write({ listServices: '*' });
  expect((await answer).listServicesResponse?.service.map(({ name }) => name)).toEqual([SERVICE]);
  stream.end();
  client.close();
});

test('a port that is taken is an error that says so', async () => {
  await using listener = await listening();
  const second = rpcServer({ handlers, host: '127.0.0.1', port: listener.port, clock: systemClock });
  const error: unknown = await second.listen().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(QueueError);
  expect(error).toMatchObject({ kind: 'unavailable', message: `cannot listen: host=127.0.0.1 port=${listener.port}` });
});
