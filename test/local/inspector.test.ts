import { request } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type Action, argumentsOf, commandLine, parseAction, type RunAction } from '../../local/inspector/actions.ts';
import { FirstFew } from '../../local/inspector/first-few.ts';
import { Rates } from '../../local/inspector/rates.ts';
import { Rested } from '../../local/inspector/rested.ts';
import { startInspector } from '../../local/inspector/server.ts';
import { type KeyGroup, takeSnapshot } from '../../local/inspector/snapshot.ts';
import { Stories } from '../../local/inspector/stories.ts';
import { CensusTaker } from '../../queue/census.ts';
import { META } from '../../queue/core/layout.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { ABSENT, type ObjectStore } from '../../queue/ports/object-store.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';
import { cli, LOCAL_ENV } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { World } from '../support/world.ts';

const NOW = Date.UTC(2026, 0, 1);

async function filled(): Promise<ObjectStore> {
  const store = memoryStore({ bucket: new Bucket({ clock: systemClock }), clock: systemClock });
  const put = (name: string, metadata = {}) => store.put(name, metadata, ABSENT);
  await put('queued/now', { [META.priority]: '00000007', [META.firstQueued]: String(NOW - 5_000) });
  await put('queued/later', { [META.notBefore]: '2026-01-01T00:01:00Z' });
  await put('queued/past', { [META.notBefore]: '2025-12-31T23:59:00Z' });
  await put('queued/.');
  await put('queued/running');
  await put('in-progress/running', { [META.attempts]: '2', [META.fence]: String((NOW - 9_000) * 1000) });
  await put('dead-letter/dead', { [META.lastError]: '<b>no</b>', [META.failedTime]: '2025-12-31T23:00:00Z' });
  await put('dead-letter/redriven', { [META.redriven]: '2025-12-31T23:59:00Z' });
  return store;
}

const snapshotOf = (store: ObjectStore, nowMs = NOW, find = '') =>
  takeSnapshot(new CensusTaker({ store, clock: new ManualClock(nowMs) }), nowMs, find);

const keysOf = (group: KeyGroup) => group.keys.map(({ key }) => key);

test('keys are sorted as an operator thinks of them, with their ages; what is no key is passed over', async () => {
  const snapshot = await snapshotOf(await filled(), NOW);
  const { eligible, waiting, running, dead } = snapshot;
  expect([eligible, waiting, running, dead].map(keysOf)).toEqual([['now', 'past'], ['later'], ['running'], ['dead']]);
  expect(eligible.keys[0]).toMatchObject({ priority: 7, atMs: NOW - 5_000 });
  expect(eligible.oldestMs).toBe(NOW - 60_000);
  expect(waiting.oldestMs).toBe(NOW + 60_000);
  expect(dead.oldestMs).toBe(NOW - 3_600_000);
});

test('a queued twin of a running key is not eligible: the key runs again', async () => {
  const { eligible, running, touched } = await snapshotOf(await filled(), NOW);
  expect(keysOf(eligible)).not.toContain('running');
  expect(running.keys).toMatchObject([{ key: 'running', atMs: NOW - 9_000 }]);
  expect(touched).toBe(1);
});

test('a pause is shown with who and why, and not after its end', async () => {
  const store = await filled();
  await store.put('control/pause', { reason: 'bad deploy', by: 'ann', until: '2026-01-01T01:00:00Z' }, ABSENT);
  expect((await snapshotOf(store, NOW)).pause).toMatchObject({
    reason: 'bad deploy',
    by: 'ann',
    untilMs: NOW + 3_600_000,
  });
  expect((await snapshotOf(store, NOW + 3_600_000)).pause).toBeUndefined();
});

test('ten thousand keys are counted, fifty are named: those that an operator asks for first', async () => {
  const store = memoryStore({ bucket: new Bucket({ clock: systemClock }), clock: systemClock });
  for (let i = 0; i < 10_000; i++) {
    await store.put(`queued/k${(i * 7919) % 10_000}`, { [META.firstQueued]: String(NOW - i) }, ABSENT);
  }
  const { eligible } = await snapshotOf(store, NOW);
  expect(eligible).toMatchObject({ count: 10_000, oldestMs: NOW - 9_999 });
  expect(eligible.keys.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, i) => NOW - 9_999 + i));
});

test('a search names what it found and counts all', async () => {
  const { dead, eligible } = await snapshotOf(await filled(), NOW, '<b>no');
  expect(keysOf(dead)).toEqual(['dead']);
  expect(keysOf(eligible)).toEqual([]);
  expect(eligible.count).toBe(2);
});

test('the first few are those of a whole sort', () => {
  const items = Array.from({ length: 1_000 }, (_, i) => (i * 7919) % 1_009);
  const order = (a: number, b: number) => a - b;
  const few = new FirstFew(10, order);
  for (const item of items) few.add(item);
  expect(few.items()).toEqual(items.toSorted(order).slice(0, 10));
});

test('the story of a key is kept apart from that of others, and bounded', () => {
  const stories = new Stories();
  for (let i = 0; i < 150; i++) stories.add({ event: 'key.started', key: 'a', attempt: i }, NOW + i);
  stories.add({ event: 'key.done', key: 'b' }, NOW + 1_000);
  stories.add({ event: 'sweep.done' }, NOW);
  expect(stories.of('b')).toMatchObject([{ step: 'done' }]);
  expect(stories.of('a')).toHaveLength(100);
  expect(stories.of('a').at(-1)).toMatchObject({ detail: 'attempt 149' });
  expect(stories.recent()[0]).toMatchObject({ key: 'b' });
  for (let i = 0; i < 5_000; i++) stories.add({ event: 'key.done', key: `k${i}` }, NOW);
  expect(stories.of('a')).toEqual([]);
});

test('rates are counted in bars of two seconds, with percentiles of the waits', () => {
  const rates = new Rates();
  rates.add({ event: 'key.queued', key: 'a' }, NOW);
  rates.add({ event: 'key.done', key: 'a' }, NOW + 1_999);
  rates.add({ event: 'key.failed', key: 'a' }, NOW + 2_000);
  for (let i = 1; i <= 100; i++) rates.add({ event: 'key.started', key: 'a', waitedMs: i }, NOW + 2_000);
  const bars = rates.bars(NOW + 2_000);
  expect(bars).toHaveLength(150);
  expect(bars.at(-2)).toMatchObject({ startMs: NOW, added: 1, done: 1, failed: 0, waitP50Ms: undefined });
  expect(bars.at(-1)).toMatchObject({ added: 0, failed: 1, waitP50Ms: 50, waitP99Ms: 99 });
  expect(rates.bars(NOW + 400_000).every(({ added, done }) => added + done === 0)).toBe(true);
});

test('an answer of the bucket is shared for a second, longer when it took long, and renewed after an action', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const answers = new Rested<number>(clock);
  const ask = async () => {
    await clock.advance(3_000);
    if (++asked === 3) throw new Error('down');
    return asked;
  };
  expect(await answers.of('', ask)).toEqual({ value: 1 });
  await clock.advance(11_000);
  expect(await answers.of('', ask)).toEqual({ value: 1 });
  answers.forget();
  expect(await answers.of('', ask)).toEqual({ value: 2 });
  await clock.advance(12_000);
  expect(await answers.of('', ask)).toEqual({ value: 2, problem: 'down' });
});

async function inspector(
  store: ObjectStore,
  act: RunAction = () => Promise.reject(new Error('not expected')),
  clock: Clock = systemClock,
) {
  const port = await freePort();
  const stories = new Stories();
  stories.add({ event: 'key.done', key: 'dead' }, NOW);
  const rates = new Rates();
  const options = { port, store, clock, stories, rates, addresses: [], concurrency: 4, act };
  const server = await startInspector(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { url: `http://127.0.0.1:${port}`, port };
}

const json = { 'content-type': 'application/json' };

test('the page is served with what it needs, and its state as JSON', async () => {
  const { url } = await inspector(await filled());
  const page = await (await fetch(url)).text();
  expect(page).toContain('levelset inspector');
  for (const file of ['page.css', 'page.js', 'dom.js', 'plots.js', 'story.js', 'actions.js']) {
    expect([file, (await fetch(`${url}/${file}`)).status]).toEqual([file, 200]);
  }
  expect(await (await fetch(`${url}/state.json`)).json()).toMatchObject({
    concurrency: 4,
    snapshot: { dead: { count: 1, keys: [{ key: 'dead', lastError: '<b>no</b>' }] } },
    recent: [{ key: 'dead', step: 'done' }],
  });
  expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
});

test('the story of one key: its entries, and what happened to it', async () => {
  const { url } = await inspector(await filled());
  expect(await (await fetch(`${url}/key.json?key=dead`)).json()).toMatchObject({
    key: 'dead',
    entries: [{ state: 'dead', metadata: { [META.lastError]: '<b>no</b>' } }],
    transitions: [{ step: 'done' }],
  });
  expect((await fetch(`${url}/key.json?key=..`)).status).toBe(400);
});

test.each([
  ['dead', 'given up after 0 attempts: "<b>no</b>"'],
  ['later', 'as it was asked for'],
  ['now', 'eligible for 5 s, 1 of 4 running, nothing before it'],
  ['past', 'eligible for 1 min, 1 of 4 running, 1 before it'],
  ['running', 'leased for 9 s, but its dispatcher is lost'],
  ['nobody', 'not in the queue'],
])('the story of %s says why it is not running, in the very sentence of levelset get', async (key, part) => {
  const world = new World();
  const store = await filled();
  await store.put('dispatchers/a', { expires: '2026-01-01T00:00:30Z', instance: 'i' }, ABSENT);
  const { url } = await inspector(store, undefined, world.clock);
  const { why } = (await (await fetch(`${url}/key.json?key=${key}`)).json()) as { why: string };
  expect(why).toContain(part);
  const env = { ...LOCAL_ENV, LEVELSET_CONCURRENCY: '4' };
  expect((await cli(world, ['get', key, '--json'], { store, env })).rows()).toMatchObject([{ key, why }]);
});

test('a bucket that cannot be read is said, and the page lives on', async () => {
  const store = memoryStore({ bucket: new Bucket({ clock: systemClock }), clock: systemClock });
  const broken: ObjectStore = { ...store, list: () => Promise.reject(new Error('down')) };
  const { url } = await inspector(broken);
  expect(await (await fetch(`${url}/state.json`)).json()).toMatchObject({ problem: expect.stringContaining('down') });
});

test('a strange name for this machine is refused', async () => {
  const { port } = await inspector(await filled());
  const status = await new Promise((resolve) => {
    request({ port, host: '127.0.0.1', path: '/state.json', headers: { host: `evil.example:${port}` } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(403);
});

test('an action is one verb of the command, shown first and then run', async () => {
  const ran: (readonly string[])[] = [];
  const { url } = await inspector(await filled(), (args) => {
    ran.push(args);
    return Promise.resolve({ exitCode: 0, output: 'redriven' });
  });
  const body = JSON.stringify({ verb: 'redrive', key: "it's", reason: 'fixed' });
  const shown = await fetch(`${url}/command`, { method: 'POST', headers: json, body });
  expect(await shown.json()).toEqual({ command: `levelset dead redrive --reason=fixed --yes -- 'it'\\''s'` });
  expect(ran).toEqual([]);
  const done = await fetch(`${url}/act`, { method: 'POST', headers: json, body });
  expect(await done.json()).toMatchObject({ exitCode: 0, output: 'redriven' });
  expect(ran).toEqual([['dead', 'redrive', '--reason=fixed', '--yes', '--', "it's"]]);
});

test('no other page can act, and no form', async () => {
  const { url } = await inspector(await filled());
  const body = JSON.stringify({ verb: 'pause', reason: 'x' });
  const statusOf = async (headers: Record<string, string>, sent = body) =>
    (await fetch(`${url}/act`, { method: 'POST', headers, body: sent })).status;
  expect(await statusOf({ 'content-type': 'text/plain' })).toBe(415);
  expect(await statusOf({ ...json, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await statusOf(json, '{')).toBe(400);
  expect(await statusOf(json, 'x'.repeat(10_000))).toBe(413);
});

test('an action without a reason, or with what it does not know, is refused with the rule', () => {
  expect(parseAction('{"verb":"drop","key":"a","reason":"  "}')).toEqual({
    problem: expect.stringContaining('say why'),
  });
  expect(parseAction('{"verb":"format"}')).toHaveProperty('problem');
  expect(parseAction('{"verb":"pause","reason":"x","force":true}')).toHaveProperty('problem');
});

test('a key is never taken for a flag or a piece of shell', () => {
  const actions: Action[] = [
    { verb: 'add', key: '--help', priority: 3 },
    { verb: 'run-now', key: '--help', reason: '$(rm)' },
    { verb: 'release', key: '--help', reason: 'x' },
    { verb: 'redrive', key: '--help', reason: 'x' },
    { verb: 'drop', key: '--help', reason: 'x' },
    { verb: 'drop-dead', key: '--help', reason: 'x' },
  ];
  for (const action of actions) expect(argumentsOf(action).slice(-2)).toEqual(['--', '--help']);
  expect(commandLine(argumentsOf(actions[1] as Action))).toContain(`'--reason=$(rm)'`);
});

test('text of others is never markup in the page', () => {
  const folder = new URL('../../local/inspector/page/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js') || name.endsWith('.html'))) {
    const text = readFileSync(new URL(file, folder), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
    expect([file, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|https?:\/\/|eval\(/.test(text)]).toEqual([
      file,
      false,
    ]);
  }
});
