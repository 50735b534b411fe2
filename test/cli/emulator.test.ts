import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chooseTarget } from '../../cli/choose-target.ts';
import { Flags } from '../../cli/flags.ts';
import { openTarget } from '../../cli/open-target.ts';
import { runCli } from '../../cli/program.ts';
import { startPubsubEmulator } from '../../local/pubsub/server.ts';
import { subscriptionFilter, tickMessage } from '../../queue/core/hint.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStorage, runStorage } from '../support/storage-emulator.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROJECT = 'demo-cli';

let storage: RunningStorage;
let pubsub: Awaited<ReturnType<typeof startPubsubEmulator>>;
let client: PubSub;
let store: ObjectStore;
const hints: string[] = [];

const env = () => ({
  LEVELSET_BUCKET: 'bkt',
  LEVELSET_PROJECT: PROJECT,
  LEVELSET_TOPIC: 'hints',
  LEVELSET_REGIONS: 'here',
  LEVELSET_STORAGE_ENDPOINT: storage.origin,
  PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
});

beforeAll(async () => {
  // There is no metadata server here, and looking for one takes seconds.
  process.env.METADATA_SERVER_DETECTION = 'none';
  storage = await runStorage();
  pubsub = await startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom });
  client = new PubSub({ projectId: PROJECT, apiEndpoint: `127.0.0.1:${pubsub.port}`, emulatorMode: true });
  const topic = client.topic('hints');
  await topic.create();
  await topic.subscription('push').create({
    pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' },
    filter: subscriptionFilter('here'),
  });
  const pull = topic.subscription('pull');
  await pull.create();
  pull.on('message', (message) => {
    hints.push(`${message.attributes.kind} ${message.data.toString()}`);
    message.ack();
  });
  store = gcsStore({ storage: storage.storage, bucket: 'bkt', clock: systemClock, random: systemRandom });
});

afterAll(async () => {
  await client.close();
  await pubsub.close();
  await storage[Symbol.asyncDispose]();
});

beforeEach(async () => {
  hints.length = 0;
  for (const { name, generation } of (await store.list({})).objects) await store.delete(name, { generation });
});

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const exit = await runCli(args, {
    ...{
      env: env(),
      clock: systemClock,
      workingFolder: '/nonexistent',
      homeFolder: '/nonexistent',
      user: 'ann@laptop',
    },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...{ screen: undefined, ask: undefined },
    async *lines() {},
    interrupted: () => new AbortController().signal,
    openTarget: async (settings, options) => openTarget(settings, options),
    dev: async () => 0,
  });
  return {
    exit,
    out,
    err,
    rows: () =>
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('over the emulators, with the official clients,', () => {
  test('a key is added, explained, listed, dropped; hints go out', async () => {
    expect(await run('add', 'a', 'b', '--priority', '3')).toMatchObject({
      exit: 0,
      out: 'queued a\nqueued b\n',
      err: '',
    });
    await eventually('both hints', () => hints.filter((hint) => hint.startsWith('hint ')).length === 2);
    expect(await run('get', 'a')).toMatchObject({ exit: 0, out: expect.stringContaining('a: eligible for') });
    expect((await run('ls', '--jsonl')).rows()).toMatchObject([
      { key: 'a', state: 'eligible', priority: 3 },
      { key: 'b', state: 'eligible', priority: 3 },
    ]);
    expect((await run('top', '--once', '--json')).rows()[0]).toMatchObject({ eligible: 2, running: 0 });
    expect(await run('drop', 'a', '--yes')).toMatchObject({ exit: 0 });
    expect(await run('drain', '--prefix', 'b', '--yes')).toMatchObject({ exit: 0, out: 'dropped 1 queued key\n' });
    expect(await run('get', 'a')).toMatchObject({ exit: 1 });
  });

  test('dead letters are listed, redriven with a hint, dropped', async () => {
    for (const key of ['x', 'y', 'z']) {
      await store.put(
        `dead-letter/${key}`,
        { 'last-error': key === 'z' ? 'other' : 'boom', cause: 'rejected' },
        'absent',
      );
    }
    expect((await run('dead', 'ls', '--by-reason', '--jsonl')).rows()).toMatchObject([{ letters: 2 }, { letters: 1 }]);
    expect(await run('dead', 'redrive', '--error', 'boom', '--yes', '--rate', '100/s')).toMatchObject({
      exit: 0,
      out: 'redriven 2\n',
    });
    await eventually('both hints', () => hints.filter((hint) => hint.startsWith('hint ')).length === 2);
    expect((await run('dead', 'show', 'x', '--json')).rows()[0]).toMatchObject({ state: 'redriven' });
    expect(await run('dead', 'drop', 'z', '--yes')).toMatchObject({ exit: 0 });
    expect((await run('ls', '--jsonl')).rows().map(({ key, state }) => `${String(state)} ${String(key)}`)).toEqual([
      'eligible x',
      'eligible y',
    ]);
  });

  test('the queue is paused and resumed, each with a tick; a lease is released; all of it is on record', async () => {
    await run('pause', '--reason', 'deploy', '--until', '1h', '--yes');
    expect((await store.get('control/pause'))?.metadata).toMatchObject({ reason: 'deploy', by: 'ann@laptop' });
    await run('resume', '--yes');
    expect(await store.get('control/pause')).toBeUndefined();
    await eventually('two ticks', () => hints.filter((hint) => hint.startsWith('tick')).length === 2);
    await store.put('in-progress/k', { owner: 'here/1', attempts: '2' }, 'absent');
    expect(await run('release', 'k', '--yes')).toMatchObject({ exit: 0 });
    expect((await store.get('queued/k'))?.metadata.attempts).toBe('1');
    const verbs = (await run('audit', '--jsonl')).rows().map(({ verb, result }) => [verb, typeof result]);
    expect(verbs).toEqual([
      ['pause', 'string'],
      ['resume', 'string'],
      ['release', 'string'],
    ]);
  });

  test('what is still being published when the command ends is sent before it does', async () => {
    const settings = chooseTarget(new Flags({}), {
      env: env(),
      workingFolder: '/nonexistent',
      homeFolder: '/nonexistent',
    });
    const target = openTarget(settings, { clock: systemClock, timeoutMs: 30_000, complain: () => {} });
    // As after the second that the receiver waits for a hint: nobody waits for it any more.
    const published = target.publish?.(tickMessage);
    await target[Symbol.asyncDispose]();
    await published;
    await eventually('the tick', () => hints.includes('tick '));
  });

  test('doctor is content, clock, topic and subscription included', async () => {
    const { exit, out } = await run('doctor');
    expect([exit, out]).toEqual([0, expect.stringContaining('nothing is wrong')]);
    for (const check of [
      'clock: this machine and the store agree',
      'topic: hints is there',
      'subscription here: push pushes',
    ]) {
      expect(out).toContain(`ok    ${check}`);
    }
  });
});

test('a redrive that is killed with -9 is taken up by the same line', async () => {
  const count = 150;
  await Promise.all(Array.from({ length: count }, (_, i) => store.put(`dead-letter/k${i}`, {}, 'absent')));
  const line = ['cli/levelset.ts', 'dead', 'redrive', '--all', '--yes', '--rate'];
  const start = (rate: string) =>
    spawn(process.execPath, [...line, rate], {
      cwd: ROOT,
      env: { ...process.env, ...env() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const marked = async () =>
    (await store.list({ prefix: 'dead-letter/' })).objects.filter(({ metadata }) => metadata.redriven).length;
  const first = start('30/s');
  const died = once(first, 'exit');
  await eventually('some are redriven', async () => (await marked()) >= 10);
  first.kill('SIGKILL');
  await died;
  const before = await marked();
  expect(before).toBeLessThan(count);
  const second = start('1000/s');
  let out = '';
  second.stdout.on('data', (data: Buffer) => (out += data.toString()));
  expect(await once(second, 'close')).toEqual([0, null]);
  // A request of the killed one may have been on its way still.
  const rest = Number(/^redriven (\d+)\n$/.exec(out)?.[1]);
  expect(rest).toBeLessThanOrEqual(count - before);
  expect(await marked()).toBe(count);
  expect((await store.list({ prefix: 'queued/' })).objects.length).toBe(count);
  const records = (await run('audit', '--jsonl')).rows();
  expect(records.map(({ result }) => result)).toEqual([undefined, `redriven ${rest}`]);
});
