import { expect, test } from 'vitest';
import { Rack } from '../../../examples/rack/kinds.ts';
import { RackRoom } from './support.ts';

const CHILDREN = 42 + 672 + 5376 + 5376;

/**
 * What a child may cost. A leaf is created with two writes (its owner's entry, itself) and says that it is there with a third; it
 * reads itself and its owner, and its owner reads it when it looks again. What is above the leaves comes to a seventh of that.
 */
const BUDGET = { writes: 3.15, reads: 3.5, listings: 0.15, runs: 1.1 };

test('the largest valid template converges, at a constant cost for each child', { timeout: 180_000 }, async () => {
  const requests = { writes: 0, reads: 0, listings: 0 };
  await using room = new RackRoom({
    wrap: (documents) => ({
      get: (name) => (requests.reads++, documents.get(name)),
      put: (...args) => (requests.writes++, documents.put(...args)),
      delete: (...args) => (requests.writes++, documents.delete(...args)),
      list: (query) => (requests.listings++, documents.list(query)),
    }),
  });
  const template = await room.template(42, 16, 8, 'dedicated');
  await room.rack(template.metadata.uid);
  await room.queue.advance('1m');
  expect(await room.counts()).toEqual({ Chassis: 42, Blade: 672, Node: 5376, BMC: 5376 });
  const { status } = await room.store.get(Rack, 'rack-00000001');
  expect(status).toMatchObject({ phase: 'Ready', totalBlades: 672, totalNodes: 5376, totalBMCs: 5376 });

  const { writes, reads, listings } = requests;
  const each = { writes, reads, listings, runs: room.queue.runs.length };
  for (const [what, most] of Object.entries(BUDGET)) {
    expect(each[what as keyof typeof BUDGET] / CHILDREN, `${what} for each child`).toBeLessThan(most);
  }
  // Nobody is woken for each of its many children: what they say within a second brings one look.
  const looks = (kind: string) => room.queue.runs.filter(({ key }) => key.startsWith(`${kind}/`)).length;
  expect(looks('Blade') / 672).toBeLessThan(2.5);
  expect(looks('Chassis') / 42).toBeLessThan(10);
  expect(looks('Rack')).toBeLessThan(20);
});
