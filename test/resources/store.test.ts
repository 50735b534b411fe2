import { describe, expect, test } from 'vitest';
import type { Documents } from '../../resources/ports/documents.ts';
import type { Change } from '../../resources/change.ts';
import { Box, Item } from './support/kinds.ts';
import { memoryStore } from './support/memory-store.ts';

const open = (wrap?: (documents: Documents) => Documents) => memoryStore([Box, Item], wrap);
const summary = ({ action, part, resource }: Change) => `${action} ${part} ${resource.kind}`;

describe('creating', () => {
  test('makes a resource with a UID, a first status and generation 1', async () => {
    const { store, names, clock } = open();
    const box = await store.create(Box, { name: 'first', spec: { size: 3 }, labels: { tier: 'hot' } });
    const now = new Date(clock.now()).toISOString();
    expect(box).toMatchObject({
      apiVersion: 'v1',
      kind: 'Box',
      schemaVersion: 'v1',
      spec: { size: 3 },
      status: { seen: 0 },
    });
    expect(box.metadata).toMatchObject({
      name: 'first',
      labels: { tier: 'hot' },
      createdAt: now,
      updatedAt: now,
      generation: 1,
    });
    expect(box.metadata.uid).toMatch(/^box-[0-9a-f]{8}$/);
    expect(names()).toEqual([`resources/Box/${box.metadata.uid}.json`]);
    expect(await store.get(Box, box.metadata.uid)).toEqual(box);
  });

  test('draws another UID when one is taken, and refuses one that was asked for', async () => {
    const { store } = open();
    const uid = 'box-00000001';
    await store.create(Box, { name: 'a', spec: { size: 1 }, uid });
    await expect(store.create(Box, { name: 'b', spec: { size: 2 }, uid })).rejects.toMatchObject({
      kind: 'AlreadyExists',
    });
    await expect(store.create(Box, { name: 'b', spec: { size: 2 }, uid: 'item-00000001' })).rejects.toMatchObject({
      kind: 'Invalid',
    });
    expect((await store.get(Box, uid)).metadata.name).toBe('a');
  });

  test('tells all that is wrong at once', async () => {
    const { store, names } = open();
    const made = store.create(Box, { name: '', spec: { size: 99, mode: 'x' as 'shared' }, status: { seen: 'no' } });
    await expect(made).rejects.toMatchObject({
      kind: 'Invalid',
      problems: [
        'name is required',
        'size must be at most 42',
        'mode must be one of: shared dedicated',
        'status.seen must be a number',
      ],
    });
    expect(names()).toEqual([]);
  });
});

describe('changing', () => {
  const setup = async (wrap?: (documents: Documents) => Documents) => {
    const opened = open(wrap);
    const box = await opened.store.create(Box, { name: 'b', spec: { size: 1 } });
    opened.changes.length = 0;
    await opened.clock.advance(1000);
    return { ...opened, box, uid: box.metadata.uid };
  };

  test('the spec bumps the generation, and labels, names and the status do not', async () => {
    const { store, uid } = await setup();
    const generation = async () => (await store.get(Box, uid)).metadata.generation;
    await store.update(Box, uid, () => ({ spec: { size: 2 } }));
    expect(await generation()).toBe(2);
    await store.update(Box, uid, () => ({ labels: { a: 'b' }, name: 'other' }));
    await store.updateStatus(Box, uid, (status) => ({ ...status, seen: 5 }));
    expect(await generation()).toBe(2);
    expect(await store.get(Box, uid)).toMatchObject({
      spec: { size: 2 },
      status: { seen: 5 },
      metadata: { name: 'other', labels: { a: 'b' } },
    });
  });

  // Trap 10.
  test('what changes nothing writes nothing and tells nothing', async () => {
    const { store, uid, box, changes } = await setup();
    await store.update(Box, uid, ({ spec }) => ({ spec: { ...spec } }));
    await store.updateStatus(Box, uid, (status) => ({ ...status, note: undefined }));
    expect(await store.get(Box, uid)).toEqual(box);
    expect(changes).toEqual([]);
  });

  test('is told with what was before; who calls it a patch is quoted', async () => {
    const { store, uid, changes } = await setup();
    await store.update(Box, uid, () => ({ spec: { size: 2 } }), { patchType: 'merge' });
    await store.updateStatus(Box, uid, () => ({ seen: 1 }));
    expect(changes.map(summary)).toEqual(['patched resource Box', 'updated status Box']);
    expect(changes[0]).toMatchObject({ before: { spec: { size: 1 } }, resource: { spec: { size: 2 } } });
  });

  test('an invalid change is refused whole', async () => {
    const { store, uid, box } = await setup();
    await expect(store.update(Box, uid, () => ({ spec: { size: 0 }, labels: { 'a b': 'c' } }))).rejects.toMatchObject({
      problems: [expect.stringContaining('labels'), 'size must be at least 1'],
    });
    await expect(store.updateStatus(Box, uid, () => ({ seen: 1, typo: 2 }))).rejects.toMatchObject({
      problems: ['status.typo is not a field'],
    });
    expect(await store.get(Box, uid)).toEqual(box);
  });

  /** A writer that is faster: its write lands before the next write of the one that calls it. */
  let faster: (() => Promise<unknown>) | undefined;
  const interleave = (write: () => Promise<unknown>) => (faster = write);
  const withFaster = (documents: Documents): Documents => ({
    ...documents,
    async put(name, content, generation) {
      const write = faster;
      faster = undefined;
      await write?.();
      return documents.put(name, content, generation);
    },
  });

  test.for(['spec first', 'status first'])('nothing is lost when two write at once: %s', async (order) => {
    const { store, uid } = await setup(withFaster);
    const spec = () => store.update(Box, uid, () => ({ spec: { size: 9 } }));
    const status = () => store.updateStatus(Box, uid, (was) => ({ ...was, seen: was.seen + 1 }));
    const [slow, fast] = order === 'spec first' ? [status, spec] : [spec, status];
    interleave(fast);
    await slow();
    expect(await store.get(Box, uid)).toMatchObject({
      spec: { size: 9 },
      status: { seen: 1 },
      metadata: { generation: 2 },
    });
  });

  test('many counters count to the sum of their counts', async () => {
    const { store, uid } = await setup();
    await Promise.all(
      Array.from({ length: 12 }, () =>
        store.updateStatus(Box, uid, (status) => ({ ...status, seen: status.seen + 1 })),
      ),
    );
    expect((await store.get(Box, uid)).status.seen).toBe(12);
  });

  test('of two writers who name the same version one wins, and the other conflicts', async () => {
    const { store, uid, box } = await setup();
    const { resourceVersion: ifVersion } = box.metadata;
    const writes = [2, 3].map((size) => store.update(Box, uid, () => ({ spec: { size } }), { ifVersion }));
    const settled = await Promise.allSettled(writes);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = settled.findIndex(({ status }) => status === 'fulfilled');
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { kind: 'Conflict' } });
    expect((await store.get(Box, uid)).spec.size).toBe([2, 3][winner]);
  });

  test('what is not there is not found, also under a UID that is none', async () => {
    const { store } = open();
    for (const uid of ['box-00000000', 'item-00000000', '../../etc', 'box-xyz', '']) {
      await expect(store.get(Box, uid)).rejects.toMatchObject({ kind: 'NotFound' });
      await expect(store.update(Box, uid, () => ({}))).rejects.toMatchObject({ kind: 'NotFound' });
      expect(await store.find(Box, uid)).toBeUndefined();
      expect(await store.delete(Box, uid)).toBe('gone');
    }
  });

  test('a write without an answer is found out by reading: applied once, told once', async () => {
    for (const applied of [true, false]) {
      let trouble = 0;
      const { store, uid, changes, clock } = await setup((documents) => ({
        ...documents,
        async put(name, content, generation) {
          if (trouble-- !== 1) return documents.put(name, content, generation);
          if (applied) await documents.put(name, content, generation);
          return { kind: 'unknown', cause: new Error('reset') };
        },
      }));
      trouble = 1;
      const writing = store.updateStatus(Box, uid, (status) => ({ ...status, seen: status.seen + 1 }));
      await clock.advance(10_000);
      expect((await writing).status.seen).toBe(1);
      expect((await store.get(Box, uid)).status.seen).toBe(1);
      expect(changes).toHaveLength(1);
    }
  });

  test('a resource that is made without an answer is made once', async () => {
    let trouble = 1;
    const { store, clock, changes, names } = open((documents) => ({
      ...documents,
      async put(name, content, generation) {
        const written = await documents.put(name, content, generation);
        return trouble-- > 0 ? { kind: 'unknown', cause: new Error('reset') } : written;
      },
    }));
    const making = store.create(Box, { name: 'b', spec: { size: 1 } });
    await clock.advance(10_000);
    const { metadata } = await making;
    expect(names()).toEqual([`resources/Box/${metadata.uid}.json`]);
    expect(changes).toHaveLength(1);
  });

  test('by what was read last, a write is one request; a stale memory costs another, and loses nothing', async () => {
    const requests: string[] = [];
    const { store, uid, box } = await setup((documents) => ({
      ...documents,
      get: (name) => (requests.push('get'), documents.get(name)),
      put: (...args) => (requests.push('put'), documents.put(...args)),
    }));
    requests.length = 0;
    const seen = await store.updateStatus(Box, uid, (was) => ({ ...was, seen: 1 }), { known: box });
    expect(requests).toEqual(['put']);

    await store.update(Box, uid, () => ({ spec: { size: 9 } }));
    requests.length = 0;
    await store.updateStatus(Box, uid, (was) => ({ ...was, seen: was.seen + 1 }), { known: seen });
    expect(requests).toEqual(['put', 'get', 'put']);
    expect(await store.get(Box, uid)).toMatchObject({
      spec: { size: 9 },
      status: { seen: 2 },
      metadata: { generation: 2 },
    });
  });

  test('a stale memory never says that there is nothing to do, and is no version to insist on', async () => {
    const { store, uid, box } = await setup();
    await store.updateStatus(Box, uid, () => ({ seen: 5 }));
    await store.updateStatus(Box, uid, (was) => ({ ...was, seen: 0 }), { known: box });
    const now = await store.get(Box, uid);
    expect(now.status.seen).toBe(0);
    const { resourceVersion: ifVersion } = now.metadata;
    await store.update(Box, uid, () => ({ spec: { size: 2 } }), { known: box, ifVersion });
    expect((await store.get(Box, uid)).spec.size).toBe(2);
  });

  test('a throttled write waits its second', async () => {
    let trouble = 0;
    const { store, uid, clock } = await setup((documents) => ({
      ...documents,
      put: async (...args) => (trouble-- > 0 ? { kind: 'throttled' } : documents.put(...args)),
    }));
    trouble = 1;
    const writing = store.updateStatus(Box, uid, () => ({ seen: 4 }));
    await clock.advance(999);
    expect((await store.get(Box, uid)).status.seen).toBe(0);
    await clock.advance(1_000);
    expect((await writing).status.seen).toBe(4);
  });
});

describe('deleting', () => {
  test('removes at once what nobody has to clean up after', async () => {
    const { store, names, changes } = open();
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1 } });
    expect(await store.delete(Box, metadata.uid)).toBe('gone');
    expect(names()).toEqual([]);
    expect(changes.map(summary)).toEqual(['created resource Box', 'deleted resource Box']);
    expect(await store.delete(Box, metadata.uid)).toBe('gone');
  });

  test('marks what has finalizers, once, and removes it with the last of them', async () => {
    const { store, clock, names } = open();
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1 }, finalizers: ['mine', 'theirs'] });
    expect(await store.delete(Box, metadata.uid)).toBe('deleting');
    const marked = await store.get(Box, metadata.uid);
    await clock.advance(5_000);
    expect(await store.delete(Box, metadata.uid)).toBe('deleting');
    expect(await store.get(Box, metadata.uid)).toEqual(marked);
    expect(marked.metadata.generation).toBe(1);

    const without = (finalizer: string) =>
      store.update(Box, metadata.uid, (current) => ({
        finalizers: (current.metadata.finalizers ?? []).filter((each) => each !== finalizer),
      }));
    await without('mine');
    expect((await store.get(Box, metadata.uid)).metadata.finalizers).toEqual(['theirs']);
    await expect(store.update(Box, metadata.uid, () => ({ finalizers: ['theirs', 'new'] }))).rejects.toMatchObject({
      problems: [expect.stringContaining('finalizers may not be added')],
    });
    await without('theirs');
    expect(names()).toEqual([]);
  });

  test('of two who delete at once one tells of it', async () => {
    const { store, changes } = open();
    const box = await store.create(Box, { name: 'b', spec: { size: 1 } });
    const { uid } = box.metadata;
    const gone = await Promise.all([1, 2].map(() => store.delete(Box, uid, { known: box })));
    expect(gone).toEqual(['gone', 'gone']);
    expect(changes.filter(({ action }) => action === 'deleted')).toHaveLength(1);
  });

  test('a version may be named', async () => {
    const { store } = open();
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1 } });
    await store.update(Box, metadata.uid, () => ({ spec: { size: 2 } }));
    const stale = { ifVersion: metadata.resourceVersion };
    await expect(store.delete(Box, metadata.uid, stale)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(await store.find(Box, metadata.uid)).toBeDefined();
  });
});

describe('listing', () => {
  test('goes by label, by index and by owner, in pages', async () => {
    const { store } = open();
    const boxes = [];
    for (let i = 0; i < 7; i++) {
      const labels = { odd: String(i % 2 === 1) };
      boxes.push(
        await store.create(Box, { name: `box ${i}`, spec: { size: 1, shelf: i < 3 ? 'top' : 'low' }, labels }),
      );
    }
    const owner = boxes[0];
    for (let i = 0; i < 3; i++)
      await store.create(Item, { name: `item ${i}`, spec: { number: i }, ...(owner && { owner }) });
    await store.create(Item, { name: 'of nobody', spec: { number: 9 } });

    const namesOf = (items: readonly { metadata: { name: string } }[]) =>
      items.map(({ metadata }) => metadata.name).sort();
    const odd = await store.list(Box, { labels: [{ key: 'odd', operator: '=', value: 'true' }] });
    expect(namesOf(odd.items)).toEqual(['box 1', 'box 3', 'box 5']);
    expect(namesOf((await store.list(Box, { where: { shelf: 'top' } })).items)).toEqual(['box 0', 'box 1', 'box 2']);
    const owned = await store.list(Item, { owner: owner?.metadata.uid ?? '' });
    expect(namesOf(owned.items)).toEqual(['item 0', 'item 1', 'item 2']);

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.list(Box, { limit: 3, ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ metadata }) => metadata.uid));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(boxes.map(({ metadata }) => metadata.uid).sort());
  });

  test('goes by owner, label and index at once', async () => {
    const { store } = open();
    const owner = await store.create(Item, { name: 'owner', spec: { number: 0 } });
    for (const shelf of ['top', 'low']) {
      for (const tier of ['hot', 'cold'])
        await store.create(Box, { name: `${shelf} ${tier}`, spec: { size: 1, shelf }, labels: { tier }, owner });
    }
    const { items } = await store.list(Box, {
      owner: owner.metadata.uid,
      where: { shelf: 'low' },
      labels: [{ key: 'tier', operator: '=', value: 'hot' }],
    });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['low hot']);
  });

  test('an index follows the spec', async () => {
    const { store } = open();
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1, shelf: 'top' } });
    await store.update(Box, metadata.uid, () => ({ spec: { size: 1, shelf: 'low' } }));
    expect((await store.list(Box, { where: { shelf: 'top' } })).items).toEqual([]);
    expect((await store.list(Box, { where: { shelf: 'low' } })).items).toHaveLength(1);
  });

  test('what goes while it is listed is left out', async () => {
    const { store } = open((documents) => ({
      ...documents,
      async list(query) {
        const page = await documents.list(query);
        for (const { name, generation } of page.documents.slice(0, 1)) await documents.delete(name, generation);
        return page;
      },
    }));
    for (let i = 0; i < 3; i++) await store.create(Item, { name: 'i', spec: { number: i } });
    expect((await store.list(Item)).items).toHaveLength(2);
  });
});

describe('an owner', () => {
  test('finds what it has, whatever died while it was made', async () => {
    let dead = false;
    const { store } = open((documents) => ({
      ...documents,
      async put(name, content, generation) {
        if (dead) throw new Error('dead');
        const written = await documents.put(name, content, generation);
        dead = name.includes('box-00000001/Item');
        return written;
      },
    }));
    const owner = await store.create(Box, { name: 'b', spec: { size: 1 }, uid: 'box-00000001' });
    await expect(store.create(Item, { name: 'i', spec: { number: 1 }, owner, uid: 'item-00000001' })).rejects.toThrow(
      'dead',
    );
    dead = false;
    expect((await store.list(Item, { owner: owner.metadata.uid })).items).toEqual([]);
  });

  test('has its entry before the resource is there, however often the store refuses it', async () => {
    let refusals = 2;
    const { store, clock, names } = open((inner) => ({
      ...inner,
      put: async (name, content, generation) =>
        name.startsWith('owners/') && refusals-- > 0 ? { kind: 'throttled' } : inner.put(name, content, generation),
    }));
    const owner = await store.create(Box, { name: 'b', spec: { size: 1 } });
    const making = store.create(Item, { name: 'i', spec: { number: 1 }, owner });
    await clock.advance(500);
    expect(names().filter((name) => name.startsWith('resources/Item/'))).toEqual([]);
    await clock.advance(10_000);
    await making;
    expect(names().filter((name) => name.startsWith('owners/'))).toHaveLength(1);
  });

  test('forgets what is gone', async () => {
    const { store, names } = open();
    const owner = await store.create(Box, { name: 'b', spec: { size: 1 } });
    const item = await store.create(Item, { name: 'i', spec: { number: 1 }, owner });
    expect(names().filter((name) => name.startsWith('owners/'))).toHaveLength(1);
    await store.delete(Item, item.metadata.uid);
    expect(names()).toEqual([`resources/Box/${owner.metadata.uid}.json`]);
  });
});

describe('history', () => {
  test('keeps every spec that was replaced, and no status', async () => {
    const { store } = open();
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1 } });
    for (const size of [2, 3]) await store.update(Box, metadata.uid, () => ({ spec: { size } }));
    await store.updateStatus(Box, metadata.uid, () => ({ seen: 1 }));
    expect(await store.history(Box, metadata.uid)).toMatchObject([
      { generation: 1, spec: { size: 1 } },
      { generation: 2, spec: { size: 2 } },
    ]);
  });

  test('keeps a spec however often the store refuses the snapshot, and shows more than a page of them', async () => {
    let refusals = 0;
    const { store, clock, documents } = open((inner) => ({
      ...inner,
      put: async (name, content, generation) =>
        name.startsWith('history/') && refusals-- > 0 ? { kind: 'throttled' } : inner.put(name, content, generation),
    }));
    const { metadata } = await store.create(Box, { name: 'b', spec: { size: 1 } });
    refusals = 2;
    const writing = store.update(Box, metadata.uid, () => ({ spec: { size: 2 } }));
    await clock.advance(10_000);
    await writing;
    expect(await store.history(Box, metadata.uid)).toMatchObject([{ generation: 1, spec: { size: 1 } }]);

    for (let generation = 2; generation <= 1_001; generation++) {
      const name = `history/Box/${metadata.uid}/${String(generation).padStart(10, '0')}.json`;
      await documents.put(name, { body: { generation, createdAt: metadata.createdAt } }, '0');
    }
    expect((await store.history(Box, metadata.uid)).at(-1)?.generation).toBe(1_001);
  });

  test('is of this resource, not of an earlier one with its UID', async () => {
    const { store, clock } = open();
    for (const size of [1, 5]) {
      await store.create(Box, { name: 'b', spec: { size }, uid: 'box-0000000a' });
      await store.update(Box, 'box-0000000a', () => ({ spec: { size: size + 1 } }));
      if (size === 1) await store.delete(Box, 'box-0000000a');
      await clock.advance(1);
    }
    expect(await store.history(Box, 'box-0000000a')).toMatchObject([{ generation: 1, spec: { size: 5 } }]);
  });
});

test('what is not the resource of its name is corrupt', async () => {
  const { store, documents } = open();
  await documents.put(
    'resources/Box/box-00000001.json',
    { body: { kind: 'Item', metadata: { uid: 'box-00000001' } } },
    '0',
  );
  await expect(store.get(Box, 'box-00000001')).rejects.toMatchObject({ kind: 'corrupt' });
});
