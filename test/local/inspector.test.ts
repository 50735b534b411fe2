import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Recent } from '../../local/inspector/recent.ts';
import { startInspector } from '../../local/inspector/server.ts';
import { type KeyGroup, takeSnapshot } from '../../local/inspector/snapshot.ts';
import { META } from '../../queue/core/layout.ts';
import { ABSENT, type ObjectStore } from '../../queue/ports/object-store.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { systemClock } from '../../services/runtime/clock.ts';

const NOW = Date.UTC(2026, 0, 1);

async function filled(): Promise<ObjectStore> {
  const store = memoryStore({ bucket: new Bucket({ clock: systemClock }), clock: systemClock });
  const put = (name: string, metadata = {}) => store.put(name, metadata, ABSENT);
  await put('queued/now', { [META.priority]: '00000007' });
  await put('queued/later', { [META.notBefore]: '2026-01-01T00:01:00Z' });
  await put('queued/past', { [META.notBefore]: '2025-12-31T23:59:00Z' });
  await put('queued/.');
  await put('in-progress/running', { [META.attempts]: '2' });
  await put('dead-letter/dead', { [META.lastError]: '<b>no</b>' });
  await put('dead-letter/redriven', { [META.redriven]: '2025-12-31T23:59:00Z' });
  return store;
}

test('keys are sorted as an operator thinks of them; what is no key is passed over', async () => {
  const snapshot = await takeSnapshot(await filled(), NOW);
  const keysOf = (group: KeyGroup) => group.keys.map(({ key }) => key);
  const { eligible, waiting, inProgress, dead } = snapshot;
  const keys = {
    eligible: keysOf(eligible),
    waiting: keysOf(waiting),
    inProgress: keysOf(inProgress),
    dead: keysOf(dead),
  };
  expect(keys).toEqual({ eligible: ['now', 'past'], waiting: ['later'], inProgress: ['running'], dead: ['dead'] });
  expect(snapshot.eligible.keys[0]).toMatchObject({ priority: 7 });
});

async function inspector(store: ObjectStore) {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const recent = new Recent();
  recent.add({ event: 'key.done', key: 'a' }, NOW);
  const server = await startInspector({ port, store, clock: systemClock, recent, addresses: [] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { url: `http://127.0.0.1:${port}`, port };
}

test('the page is served, and its state as JSON', async () => {
  const { url } = await inspector(await filled());
  expect(await (await fetch(url)).text()).toContain('levelset inspector');
  expect(await (await fetch(`${url}/state.json`)).json()).toMatchObject({
    snapshot: { dead: { count: 1, keys: [{ key: 'dead', lastError: '<b>no</b>' }] } },
    recent: [{ key: 'a', step: 'done' }],
  });
  expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
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

test('text of others is never markup in the page', () => {
  const page = readFileSync(new URL('../../local/inspector/page.html', import.meta.url), 'utf8');
  expect(page).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|https?:\/\//);
});
