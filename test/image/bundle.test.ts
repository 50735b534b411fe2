import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from '@grpc/grpc-js';
import { credentials } from '@grpc/grpc-js';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Bundle, bundle } from '../../image/bundle.ts';
import { openQueue } from '../../services/rpc/client.ts';
import { HintTopic } from '../../local/provision.ts';
import { startPubsubEmulator } from '../../local/pubsub/server.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { Requests } from '../support/requests.ts';
import { ROOT } from '../support/source-graph.ts';
import { runStorage } from '../support/storage-emulator.ts';

const ENVIRONMENT = {
  LEVELSET_QUEUE: 'q',
  LEVELSET_PROJECT: 'p',
  LEVELSET_BUCKET: 'b',
  LEVELSET_TOPIC: 'hints',
  LEVELSET_REGION: 'us-central1',
  LEVELSET_REGIONS: 'us-central1',
  LEVELSET_CONCURRENCY: '1',
  LEVELSET_RECONCILER: '127.0.0.1:1',
  LEVELSET_STORAGE_ENDPOINT: 'http://127.0.0.1:1',
  LEVELSET_RECEIVER: '127.0.0.1:1',
  LEVELSET_RESOURCES_BUCKET: 'r',
  LEVELSET_KINDS: 'kinds.mjs',
  LEVELSET_LOG: 'json',
  PORT: '0',
};

/** Far from any node_modules: what runs there needs nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'levelset-bundle-'));
const outdir = join(folder, 'dist');
let made: Bundle;

beforeAll(async () => {
  made = await bundle({ root: ROOT, outdir, reconciler: 'examples/hello/main.ts', kinds: 'examples/rack/kinds.ts' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, ['levelset.mjs', ...args], {
    cwd: outdir,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

interface Listening extends AsyncDisposable {
  readonly port: number;
  /** In good order; resolves to the exit code. */
  stop(): Promise<number>;
}

/** A service, once it says that it listens; ends the process with the test. */
async function listening(name: string, env?: Readonly<Record<string, string>>): Promise<Listening> {
  const child = start([name], env);
  const exited = once(child, 'exit') as Promise<[number]>;
  child.stderr!.resume();
  for await (const line of createInterface({ input: child.stdout! })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    if (event !== 'service.listening') continue;
    return {
      port,
      async stop() {
        child.kill('SIGTERM');
        child.stdout!.resume();
        const [code] = await exited;
        return code;
      },
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await exited;
      },
    };
  }
  throw new Error(`${name} ended before it listened`);
}

async function outputOf(...args: string[]): Promise<{ code: number; text: string }> {
  const child = start(args);
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, text };
}

describe('the bundle', () => {
  test('has each service that has a main.ts, the CLI and the reconciler', () => {
    const services = readdirSync(join(ROOT, 'services')).filter((name) =>
      readdirSync(join(ROOT, 'services', name)).includes('main.ts'),
    );
    expect([...made.services].sort()).toEqual([...services, 'cli', 'reconciler'].sort());
    expect(made.bytes).toBeLessThan(10 * 1024 * 1024);
  });

  test('runs a dispatcher, with nothing around it', async () => {
    await using dispatcher = await listening('dispatcher');
    const answer = await fetch(`http://127.0.0.1:${dispatcher.port}/health`);
    expect(await answer.text()).toBe('ok\n');
  });

  test('runs the API of the kinds that it was bundled with', async () => {
    await using api = await listening('api');
    const document = await (await fetch(`http://127.0.0.1:${api.port}/openapi.json`)).json();
    expect(Object.keys((document as { paths: object }).paths)).toContain('/racktemplates/{uid}');
    const page = await (await fetch(`http://127.0.0.1:${api.port}/docs`)).text();
    expect(page).toContain('<code>chassisConfig.bladeConfig.nodeCount</code>');
  });

  test('runs the reconciler, with the protocol and health checks', async () => {
    await using reconciler = await listening('reconciler');
    const queue = openQueue({ address: `127.0.0.1:${reconciler.port}` });
    await queue.enqueue('alice');
    queue.close();
    const proto = loadPackageDefinition(loadSync(join(outdir, 'proto/health/v1/health.proto')));
    const { Health } = (proto as any).grpc.health.v1;
    const client = new Health(`127.0.0.1:${reconciler.port}`, credentials.createInsecure()) as Client &
      Record<string, any>;
    const status = await new Promise((resolve, reject) => {
      client.check({ service: '' }, (error: Error | null, response: { status: unknown }) =>
        error ? reject(error) : resolve(response.status),
      );
    });
    expect(status).toBe(1);
    client.close();
  });

  test.for(['receiver', 'dispatcher', 'ingress'])(
    'runs the %s, whose telemetry goes to a collector, as it is deployed',
    async (name) => {
      await using collector = await Requests.listen();
      const rules = [{ name: 'all', key: { from: 'id' } }];
      await using service = await listening(name, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
        LEVELSET_INGRESS: JSON.stringify({ rules }),
      });
      expect(await service.stop()).toBe(0);
      expect(collector.paths).toContain('/v1/metrics');
    },
  );

  test('runs a receiver whose hints reach a dispatcher', async () => {
    // Of Google's client in this process.
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    await using bucket = await runStorage();
    const pubsub = await startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom });
    await using dispatcher = await Requests.listen();
    const pubsubHost = `127.0.0.1:${pubsub.port}`;
    const pushEndpoints = { 'us-central1': dispatcher.origin };
    await using topic = new HintTopic({ project: 'p', topic: 'hints', pubsubHost, pushEndpoints });
    await topic.provision();
    await using receiver = await listening('receiver', {
      LEVELSET_BUCKET: 'bkt',
      LEVELSET_STORAGE_ENDPOINT: bucket.origin,
      PUBSUB_EMULATOR_HOST: pubsubHost,
      METADATA_SERVER_DETECTION: 'none',
    });
    const queue = openQueue({ address: `127.0.0.1:${receiver.port}` });
    const pushed = dispatcher.next();
    await queue.enqueue('alice');
    const { message } = JSON.parse(await pushed) as { message: { attributes: Record<string, string> } };
    expect(message.attributes).toMatchObject({ region: 'us-central1' });
    queue.close();
    expect(await receiver.stop()).toBe(0);
    await pubsub.close();
  });

  test('runs the CLI', async () => {
    expect(await outputOf('cli', 'version')).toEqual({ code: 0, text: expect.stringContaining('levelset 0.1.0') });
  });

  test('says what it has when it is asked for something else', async () => {
    const { code, text } = await outputOf('dispatchr');
    expect(code).toBe(2);
    expect(text).toMatch(/^there is no "dispatchr" in this image: it has .*dispatcher, .*redrive\n$/);
  });
});
