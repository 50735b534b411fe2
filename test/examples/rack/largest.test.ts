import { expect, test } from 'vitest';
import { Rack } from '../../../examples/rack/kinds.ts';
import { RackRoom } from './support.ts';

test('the largest valid template converges, at a constant cost for each child', { timeout: 180_000 }, async () => {
  let requests = 0;
  await using room = new RackRoom({
    wrap: (documents) => ({
      get: (name) => (requests++, documents.get(name)),
      put: (...args) => (requests++, documents.put(...args)),
      delete: (...args) => (requests++, documents.delete(...args)),
      list: (query) => (requests++, documents.list(query)),
    }),
  });
  const template = await room.template(42, 16, 8, 'dedicated');
  await room.rack(template.metadata.uid);
  await room.queue.advance('1m');
  expect(await room.counts()).toEqual({ Chassis: 42, Blade: 672, Node: 5376, BMC: 5376 });
  const { status } = await room.store.get(Rack, 'rack-00000001');
  expect(status).toMatchObject({ phase: 'Ready', totalBlades: 672, totalNodes: 5376, totalBMCs: 5376 });
  expect(requests / 11_466).toBeLessThan(15);
  expect(room.queue.runs.length / 11_466).toBeLessThan(1.5);
});
