import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeStack, portNames, type StackSettings } from '../../local/stack.ts';

const settings: StackSettings = {
  regions: ['local'],
  concurrency: 10,
  latencyMs: 0,
  rateLimit: false,
  stateFolder: '/state',
  work: { reconciler: 'examples/mirror/main.ts', folders: { source: '/a', target: '/b' } },
};

function describe(changes: Partial<StackSettings> = {}) {
  const all = { ...settings, ...changes };
  const ports = Object.fromEntries(portNames(all).map((name, index) => [name, 7070 + index]));
  return new Map(describeStack(all, ports).map((spec) => [spec.name, spec]));
}

test('one process per service, each from a file of the package', () => {
  const stack = describe();
  expect([...stack.keys()]).toEqual(['bucket', 'pubsub', 'reconciler', 'receiver', 'ingress', 'dispatcher', 'watcher']);
  for (const { file } of stack.values()) {
    expect(existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url))), file).toBe(true);
  }
});

test('a dispatcher per region, all with one limit and one reconciler', () => {
  const stack = describe({ regions: ['a', 'b'] });
  const [a, b] = [stack.get('dispatcher-a')?.env, stack.get('dispatcher-b')?.env];
  expect(a).toMatchObject({ LEVELSET_REGION: 'a', LEVELSET_REGIONS: 'a,b', LEVELSET_CONCURRENCY: '10' });
  expect(b).toMatchObject({ LEVELSET_REGION: 'b', LEVELSET_RECONCILER: a?.LEVELSET_RECONCILER });
  expect(a?.PORT).not.toBe(b?.PORT);
});

test('emulators start first; who makes work stops first, and the emulators last', () => {
  const stack = [...describe().values()];
  const order = (by: 'startsAt' | 'stopsAt') => stack.toSorted((x, y) => x[by] - y[by]).map(({ name }) => name);
  expect(order('startsAt')).toEqual(['bucket', 'pubsub', 'reconciler', 'receiver', 'ingress', 'dispatcher', 'watcher']);
  expect(order('stopsAt')).toEqual(['watcher', 'dispatcher', 'receiver', 'ingress', 'reconciler', 'bucket', 'pubsub']);
});

test('with a Pub/Sub emulator that runs elsewhere there is none of ours', () => {
  const stack = describe({ externalPubsub: '127.0.0.1:8085' });
  expect(stack.has('pubsub')).toBe(false);
  expect(stack.get('dispatcher')?.env.PUBSUB_EMULATOR_HOST).toBe('127.0.0.1:8085');
});

test("a reconciler of the user's own has no watcher unless folders are named", () => {
  const stack = describe({ work: { reconciler: '/mine.ts' } });
  expect(stack.has('watcher')).toBe(false);
  expect(stack.get('reconciler')).toMatchObject({ file: '/mine.ts', env: { PORT: expect.any(String) } });
});
