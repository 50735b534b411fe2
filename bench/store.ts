/**
 * The bucket of the benches, in a process of its own: the emulator's router and state behind the thinnest server there is, so that
 * what is measured is the client. Latency can be changed while it runs, hundreds of thousands of keys are put in without HTTP, and
 * requests are counted where they arrive.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from '../local/storage/router.ts';
import { UploadSessions } from '../local/storage/sessions.ts';
import { StorageState } from '../local/storage/state.ts';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import { classify, noRequests } from './requests.ts';
import { seededKey, seededMetadata, type Seed } from './seed.ts';
import { BUCKET_NAME, type StoreAnswer, type StoreOrder } from './store-orders.ts';

const ports = { clock: systemClock, random: systemRandom };
let latencyMs = 0;
let counts = noRequests();
let context = freshContext();

function freshContext() {
  const state = new StorageState(ports);
  state.createBucket(BUCKET_NAME, {});
  return { state, sessions: new UploadSessions(ports) };
}

function fill({ keys, delayed, prefix = 'queued/' }: Seed): void {
  const bucket = context.state.bucket(BUCKET_NAME);
  const nowMs = Date.now();
  for (let i = 0; i < keys; i++) {
    bucket?.objects.insert(prefix + seededKey(i), { metadata: seededMetadata(i, delayed === true, nowMs) });
  }
}

function obey(order: StoreOrder): void {
  switch (order.kind) {
    case 'latency':
      latencyMs = order.ms;
      return;
    case 'reset':
      context = freshContext();
      counts = noRequests();
      if (order.seed) fill(order.seed);
      return;
    case 'counts':
      return;
    default:
      order satisfies never;
  }
}

function serve(incoming: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    if (latencyMs === 0) return act(incoming, response, Buffer.concat(chunks), 0);
    // Takes effect half-way, as the emulator has it.
    setTimeout(act, latencyMs / 2, incoming, response, Buffer.concat(chunks), latencyMs / 2);
  });
}

function act(incoming: IncomingMessage, response: ServerResponse, body: Buffer, backMs: number): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  const reply = answer(context, { method, path, query, headers, body, origin: '' });
  counts[classify(method, path, reply.status)]++;
  const send = () => {
    const text = reply.kind === 'json' ? JSON.stringify(reply.value) : '';
    // With its length, as Cloud Storage answers: chunks would cost both sides more.
    const length = reply.status === 204 ? {} : { 'content-length': Buffer.byteLength(text) };
    response.writeHead(reply.status, { 'content-type': 'application/json', ...length, ...reply.headers });
    response.end(text);
  };
  if (backMs === 0) send();
  else setTimeout(send, backMs);
}

const server = createServer({ keepAliveTimeout: 75_000 }, serve);
server.listen(0, '127.0.0.1', () => tell());

function tell(): void {
  const { user, system } = process.cpuUsage();
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, counts, cpuMs: (user + system) / 1000 } satisfies StoreAnswer);
}

process.on('message', (order: StoreOrder) => {
  obey(order);
  tell();
});
process.on('disconnect', () => process.exit());
