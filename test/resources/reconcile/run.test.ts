import { describe, expect, test } from 'vitest';
import {
  type Answer,
  done,
  enqueue,
  reject,
  requeueAfter,
  requeueNotBefore,
} from '../../../services/reconciler/answer.ts';
import { QueueError } from '../../../queue/errors.ts';
import {
  type KindReconcilerOptions,
  type ReconcileContext,
  reconcilerFor,
} from '../../../resources/reconcile/definition.ts';
import { fromResult } from '../../../resources/reconcile/answers.ts';
import { TestResources, type TestResourcesOptions } from '../../../resources/testing.ts';
import { Box, Item } from '../support/kinds.ts';

const UID = 'box-00000001';
const KEY = `Box/${UID}`;

type Options = KindReconcilerOptions<typeof Box>;
type Reconcile = (context: ReconcileContext<typeof Box>, room: TestResources) => Answer | Promise<Answer>;

/** A box in memory, reconciled as the test says. */
async function boxed(reconcile: Reconcile, rest: Partial<Options> = {}, options: Partial<TestResourcesOptions> = {}) {
  const room: TestResources = new TestResources({
    kinds: [Box, Item],
    reconcilers: [
      reconcilerFor(Box, { reconcile: (context) => reconcile(context, room), ...rest }),
      reconcilerFor(Item, { reconcile: () => done() }),
    ],
    ...options,
  });
  await room.store.create(Box, { name: 'b', uid: UID, spec: { size: 1 } });
  const waits = () => {
    const starts = room.queue.runsOf(KEY).map(({ startedMs }) => startedMs);
    return starts.slice(1).map((start, at) => (start - (starts[at] ?? 0)) / 1000);
  };
  const ready = async () => (await room.store.get(Box, UID)).status.conditions?.find(({ type }) => type === 'Ready');
  return {
    room,
    waits,
    ready,
    box: () => room.store.get(Box, UID),
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

describe('the status', () => {
  test('is written at the end of a run, with the generation that it speaks of', async () => {
    await using world = await boxed(({ status, condition }) => {
      status.seen = 7;
      condition({ type: 'Ready', status: 'True', reason: 'Fine' });
      return done();
    });
    expect((await world.box()).status).toMatchObject({
      seen: 7,
      observedGeneration: 1,
      conditions: [{ type: 'Ready', observedGeneration: 1 }],
    });
    expect((await world.box()).metadata.generation).toBe(1);
  });

  // Traps 10 and 11.
  test('that says nothing new is not written, and brings nobody back', async () => {
    await using world = await boxed(({ condition }) => {
      condition({ type: 'Ready', status: 'True', reason: 'Fine' });
      return requeueAfter('1m');
    });
    const before = await world.box();
    await world.room.queue.advance('10m');
    expect(world.waits()).toEqual(Array.from({ length: 10 }, () => 60));
    expect(await world.box()).toEqual(before);
  });

  // Traps 2 and 16.
  test('keeps a spec that was edited during the run; the edit brings the key back', async () => {
    const seen: number[] = [];
    await using world = await boxed(async ({ resource, status }, room) => {
      seen.push(resource.spec.size);
      if (seen.length === 1) await room.store.update(Box, UID, () => ({ spec: { size: 5 } }));
      status.seen = resource.spec.size;
      return done();
    });
    await world.room.queue.advance('1s');
    expect(seen).toEqual([1, 5]);
    expect(await world.box()).toMatchObject({
      spec: { size: 5 },
      status: { seen: 5, observedGeneration: 2 },
      metadata: { generation: 2 },
    });
  });

  test('keeps what others wrote into other fields of it during the run', async () => {
    await using world = await boxed(async ({ status, resource }, room) => {
      if (resource.status.note === undefined) {
        await room.store.updateStatus(Box, UID, (current) => ({ ...current, note: 'from outside' }));
      }
      status.seen = 3;
      return done();
    });
    expect((await world.box()).status).toMatchObject({ seen: 3, note: 'from outside' });
  });

  // Trap 13.
  test('loses a field that the run takes away', async () => {
    await using world = await boxed(({ status, resource }) => {
      if (resource.spec.size === 1) Object.assign(status, { note: 'old', items: ['a'] });
      else delete status.note;
      return done();
    });
    expect((await world.box()).status).toMatchObject({ note: 'old', items: ['a'] });
    await world.room.store.update(Box, UID, () => ({ spec: { size: 2 } }));
    expect((await world.box()).status).toMatchObject({ items: ['a'] });
    expect((await world.box()).status).not.toHaveProperty('note');
  });

  test('is kept as far as it came when the run fails', async () => {
    await using world = await boxed(({ status }) => {
      status.seen = 2;
      throw new Error('broken');
    });
    expect((await world.box()).status).toMatchObject({ seen: 2 });
    expect((await world.box()).status.observedGeneration).toBeUndefined();
    expect(await world.ready()).toMatchObject({ status: 'False', reason: 'ReconcileError', message: 'broken' });
  });

  test('that breaks the rules of its kind is a failure that says so', async () => {
    await using world = await boxed(({ status }) => {
      Object.assign(status, { typo: 1 });
      return done();
    });
    expect(await world.ready()).toMatchObject({ reason: 'ReconcileError', message: 'status.typo is not a field' });
    await world.room.queue.advance('4m');
    expect(world.waits()).toEqual([]);
  });

  test('may be written in between', async () => {
    const seen: number[] = [];
    await using world = await boxed(async ({ status, saveStatus }, room) => {
      status.seen = 1;
      await saveStatus();
      seen.push((await room.store.get(Box, UID)).status.seen);
      status.seen = 2;
      return done();
    });
    expect([...seen, (await world.box()).status.seen]).toEqual([1, 2]);
  });
});

describe('an answer', () => {
  // Trap 3.
  test('to look again at once is one more run', async () => {
    let runs = 0;
    await using world = await boxed(({ requeueNow }) => (++runs < 3 ? requeueNow() : done()));
    expect(world.waits()).toEqual([0, 0]);
  });

  // Trap 4.
  test('shorter than a second is not lost', async () => {
    let runs = 0;
    await using world = await boxed(() => (++runs < 3 ? requeueAfter(500) : done()));
    await world.room.queue.advance('1m');
    expect(world.waits()).toEqual([1, 1]);
  });

  // Trap 5.
  test.for([
    ['done', () => done(), []],
    ['requeue', () => requeueAfter('5m'), [300]],
    ['floor', () => requeueNotBefore('5m'), [300]],
    ['enqueue', () => enqueue(['Item/item-00000009'], { requeueAfter: '5m' }), [300]],
  ] as const)('%s goes together with what the run queued', async ([, answer, waits]) => {
    let runs = 0;
    await using world = await boxed(async ({ store, queue }) => {
      if (++runs > 1) return done();
      queue(Item, 'item-0000000a');
      await store.create(Item, { name: 'i', uid: 'item-00000001', spec: { number: 1 } });
      return answer();
    });
    await world.room.queue.advance('20m');
    expect(world.waits()).toEqual(waits);
    const others = world.room.queue.runs.map(({ key }) => key).filter((key) => key !== KEY);
    expect(others).toEqual(expect.arrayContaining(['Item/item-0000000a', 'Item/item-00000001']));
  });

  test('of the earlier framework means what it meant', () => {
    expect(fromResult(KEY, {})).toMatchObject({ kind: 'done' });
    expect(fromResult(KEY, { requeue: true, requeueAfter: '5m' })).toMatchObject({
      kind: 'enqueue',
      keys: [{ key: KEY }],
    });
    expect(fromResult(KEY, { requeueAfter: '5m' })).toMatchObject({ kind: 'requeue', delayMs: 300_000 });
    expect(fromResult(KEY, { requeueAfter: '30s' }, new Error('x'))).toMatchObject({
      kind: 'requeue',
      delayMs: 30_000,
    });
    expect(fromResult(KEY, { requeue: true }, new Error('x'))).toMatchObject({ kind: 'enqueue' });
    expect(() => fromResult(KEY, {}, new Error('x'))).toThrow('x');
  });
});

describe('an error', () => {
  const failing = (
    error: () => unknown,
    times = Number.POSITIVE_INFINITY,
    options: Partial<TestResourcesOptions> = {},
  ) => {
    let runs = 0;
    return boxed(
      () => {
        if (++runs <= times) throw error();
        return done();
      },
      {},
      options,
    );
  };

  test('that is plain spends attempts, with growing waits, and is dead in the end', async () => {
    await using world = await failing(() => new Error('no'), undefined, { maxAttempts: 3 });
    await world.room.queue.advance('10m');
    expect(world.room.queue.runsOf(KEY).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first = 0, second = 0] = world.waits();
    expect(first).toBeGreaterThanOrEqual(30);
    expect(second).toBeGreaterThanOrEqual(60);
    expect(world.room.queue.deadLetters()).toMatchObject([{ key: KEY, cause: 'exhausted', error: 'no' }]);
  });

  // Trap 8.
  test('that will pass is waited out without spending attempts, and is taken back when it has', async () => {
    await using world = await failing(() => new QueueError('unavailable', 'down'), 3);
    expect(await world.ready()).toMatchObject({ status: 'Unknown', reason: 'TransientError', message: 'down' });
    await world.room.queue.advance('5m');
    expect(world.room.queue.runsOf(KEY).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    for (const wait of world.waits()) {
      expect(wait).toBeGreaterThanOrEqual(30);
      expect(wait).toBeLessThanOrEqual(60);
    }
    expect(await world.ready()).toMatchObject({ status: 'True', reason: 'Reconciled' });
  });

  test('that should pass and does not counts from the progress deadline on', async () => {
    await using world = await failing(() => new QueueError('unavailable', 'down'), undefined, {
      progressDeadlineMs: 300_000,
      maxAttempts: 2,
    });
    await world.room.queue.advance('5m');
    expect(world.room.queue.deadLetters()).toEqual([]);
    await world.room.queue.advance('10m');
    expect(world.room.queue.deadLetters()).toMatchObject([{ key: KEY, cause: 'exhausted' }]);
    const since = (await world.ready())?.lastTransitionTime;
    expect(since).toBe((await world.box()).metadata.createdAt);
  });

  test('that says when to come back is heard', async () => {
    await using world = await failing(
      () => Object.assign(new Error('x'), { status: 503, headers: { 'retry-after': '90' } }),
      1,
    );
    await world.room.queue.advance('5m');
    expect(world.waits()).toEqual([90]);
  });

  test.for([
    [409, 1, 1, undefined],
    [404, 30, 30, 'DependencyNotFound'],
    [422, 300, 600, 'InvalidSpec'],
    [418, 120, 120, 'UnknownError'],
  ] as const)('with status %s is looked at again after %s to %s s', async ([status, least, most, reason]) => {
    await using world = await failing(() => Object.assign(new Error('x'), { status }), 1);
    expect((await world.ready())?.reason).toBe(reason);
    await world.room.queue.advance('11m');
    expect(world.waits()[0]).toBeGreaterThanOrEqual(least);
    expect(world.waits()[0]).toBeLessThanOrEqual(most);
    expect(world.room.queue.runsOf(KEY).every(({ attempt }) => attempt === 1)).toBe(true);
  });

  // Trap 20.
  test('that only an edit mends is looked at again at the edit', async () => {
    await using world = await failing(() => Object.assign(new Error('bad'), { status: 422 }), 1);
    await world.room.queue.advance('10s');
    await world.room.store.update(Box, UID, () => ({ spec: { size: 2 } }));
    expect(world.waits()).toEqual([10]);
    expect(await world.ready()).toMatchObject({ status: 'True', observedGeneration: 2 });
  });

  test('that is a rejection makes a dead letter', async () => {
    await using world = await boxed(() => reject('never'));
    expect(world.room.queue.deadLetters()).toMatchObject([{ key: KEY, cause: 'rejected', error: 'never' }]);
  });

  test('may be given another rule', async () => {
    await using world = await failing(() => Object.assign(new Error('x'), { status: 404 }), 1, {
      errors: { missing: { again: { delayMs: 5_000, jitterMs: 0 } } },
    });
    await world.room.queue.advance('1m');
    expect(world.waits()).toEqual([5]);
    expect(await world.ready()).toBeUndefined();
  });

  test('a spec that is no longer valid is not given to the reconciler', async () => {
    let runs = 0;
    await using world = await boxed(() => (runs++, done()));
    const { bucket, queue } = world.room;
    const found = bucket.get(`resources/Box/${UID}.json`);
    if (found.kind !== 'ok') throw new Error('gone');
    const body = JSON.parse(new TextDecoder().decode(found.object.data)) as { spec: object };
    body.spec = { size: 4_000 };
    bucket.insert(`resources/Box/${UID}.json`, { data: new TextEncoder().encode(JSON.stringify(body)) });
    await queue.enqueue(KEY);
    expect(runs).toBe(1);
    expect(await world.ready()).toMatchObject({ reason: 'InvalidSpec', message: 'size must be at most 42' });
  });
});

describe('an owner', () => {
  test('is at hand, as it was when the run began, and costs no second read', async () => {
    const read: string[] = [];
    const sizes: unknown[] = [];
    await using room = new TestResources({
      kinds: [Box, Item],
      reconcilers: [
        reconcilerFor(Item, {
          reconcile({ owner }) {
            sizes.push(owner(Box)?.spec.size, owner(Item));
            return done();
          },
        }),
      ],
      wrap: (documents) => ({ ...documents, get: (name) => (read.push(name), documents.get(name)) }),
    });
    const owner = await room.store.create(Box, { name: 'b', uid: UID, spec: { size: 3 } });
    await room.store.create(Item, { name: 'i', uid: 'item-00000001', spec: { number: 1 }, owner });
    expect(sizes).toEqual([3, undefined]);
    expect(read).toEqual(['resources/Item/item-00000001.json', `resources/Box/${UID}.json`]);
  });
});

describe('children', () => {
  // Trap 13.
  test('lose the fields of their specs that are wanted to be undefined, and keep those that nobody speaks of', async () => {
    await using room = new TestResources({
      kinds: [Box, Item],
      reconcilers: [
        reconcilerFor(Item, {
          async reconcile({ resource, children }) {
            const mode = resource.spec.number === 0 ? ('shared' as const) : undefined;
            await children.ensure(Box, [{ index: 0, name: 'b', spec: { size: 1, mode } }]);
            return done();
          },
        }),
      ],
    });
    await room.store.create(Item, { name: 'i', uid: 'item-00000001', spec: { number: 0 } });
    const [child] = (await room.store.list(Box)).items;
    const uid = child?.metadata.uid ?? '';
    await room.store.update(Box, uid, ({ spec }) => ({ spec: { ...spec, shelf: 'top' } }));
    expect((await room.store.get(Box, uid)).spec).toEqual({ size: 1, mode: 'shared', shelf: 'top' });
    await room.store.update(Item, 'item-00000001', () => ({ spec: { number: 1 } }));
    expect((await room.store.get(Box, uid)).spec).toEqual({ size: 1, shelf: 'top' });
  });

  // Trap 6.
  test('that a run which was overtaken made in the same moment are taken as they are, not made twice', async () => {
    const made: string[] = [];
    await using room = new TestResources({
      kinds: [Box, Item],
      reconcilers: [
        reconcilerFor(Box, {
          async reconcile({ children }) {
            const { present } = await children.ensure(Item, [{ index: 0, name: 'i', spec: { number: 1 } }]);
            made.push(...present.map(({ metadata }) => metadata.uid));
            return done();
          },
        }),
      ],
      wrap: (documents) => ({
        ...documents,
        put: async (...args) => {
          // The other run comes first, with the very same child.
          if (args[0].startsWith('resources/Item/')) await documents.put(...args);
          return documents.put(...args);
        },
      }),
    });
    await room.store.create(Box, { name: 'b', uid: UID, spec: { size: 1 } });
    expect(made).toHaveLength(1);
    expect(room.names('resources/Item/')).toEqual([`resources/Item/${made[0]}.json`]);
  });

  test('two of one kind cannot have the same index', async () => {
    const wishes = [1, 2].map((number) => ({ index: 0, name: `i${number}`, spec: { number } }));
    await using world = await boxed(
      async ({ children }) => {
        await children.ensure(Item, wishes);
        return done();
      },
      { owns: [Item] },
    );
    expect(await world.ready()).toMatchObject({ message: 'two children of kind Item have the same index: 0' });
    expect((await world.room.store.list(Item)).items).toEqual([]);
  });
});

describe('deletion', () => {
  // Trap 12.
  test("takes its place among others' finalizers, and leaves theirs", async () => {
    await using room = new TestResources({
      kinds: [Box],
      reconcilers: [reconcilerFor(Box, { reconcile: () => done(), finalize: () => 'gone' as const })],
    });
    await room.store.create(Box, { name: 'b', uid: UID, spec: { size: 1 }, finalizers: ['example.com/books'] });
    const finalizers = async () => (await room.store.get(Box, UID)).metadata.finalizers;
    expect(await finalizers()).toEqual(['example.com/books', 'levelset/cleanup']);
    await room.store.delete(Box, UID);
    expect(await finalizers()).toEqual(['example.com/books']);
  });

  // Trap 17.
  test('cleans up outside before the resource goes, as often as it takes', async () => {
    let outside = 3;
    await using world = await boxed(() => done(), {
      finalize: () => (--outside > 0 ? requeueAfter('60s') : ('gone' as const)),
    });
    expect((await world.box()).metadata.finalizers).toEqual(['levelset/cleanup']);
    expect(await world.room.store.delete(Box, UID)).toBe('deleting');
    expect(await world.ready()).toMatchObject({ status: 'False', reason: 'Deleting' });
    await world.room.queue.advance('90s');
    expect(await world.room.store.find(Box, UID)).toBeDefined();
    await world.room.queue.advance('60s');
    expect(await world.room.store.find(Box, UID)).toBeUndefined();
    expect(outside).toBe(0);
  });

  // Trap 7.
  test('of what has nothing to clean up after is at once, and a key that comes late does nothing', async () => {
    let runs = 0;
    await using world = await boxed(() => (runs++, done()));
    expect(await world.room.store.delete(Box, UID)).toBe('gone');
    await world.room.queue.enqueue(KEY);
    expect(runs).toBe(1);
    expect(world.room.queue.runsOf(KEY).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(world.room.names()).not.toContain(`resources/Box/${UID}.json`);
    expect(world.room.queue.deadLetters()).toEqual([]);
  });
});

describe('keys', () => {
  test.for([
    'Box',
    'Box/',
    'Box/nothing',
    'Box/box-00000001/more',
    '/box-00000001',
    'Unknown/box-00000001',
    'Resync/',
    'Resync/Unknown',
  ])('%s is a dead letter', async (key) => {
    await using world = await boxed(() => done());
    await world.room.queue.enqueue(key);
    expect(world.room.queue.deadLetters()).toMatchObject([{ key, cause: 'rejected' }]);
  });

  test('a resync brings back all of a kind, a part at a time, again and again', async () => {
    await using world = await boxed(() => done(), {}, { concurrency: 50 });
    const { room } = world;
    const quiet = { ...room.store.context, onChange: async () => {} };
    const { ResourceStore } = await import('../../../resources/store.ts');
    const behind = new ResourceStore(quiet);
    for (let i = 0; i < 1_100; i++) await behind.create(Item, { name: 'i', spec: { number: i } });
    expect(room.queue.runs).toHaveLength(1);
    await room.queue.enqueue('Resync/Item');
    await room.queue.advance('1m');
    const items = () => room.queue.runs.filter(({ key }) => key.startsWith('Item/')).length;
    expect(items()).toBe(1_100);
    expect(room.queue.runs.filter(({ key }) => key.startsWith('Resync/'))).toHaveLength(3);
    await room.queue.advance('1h');
    expect(items()).toBe(2_200);
  });

  test('of a kind that nobody reconciles are done: it is only read by others', async () => {
    await using room = new TestResources({
      kinds: [Box, Item],
      reconcilers: [reconcilerFor(Box, { reconcile: () => done() })],
    });
    const { metadata } = await room.store.create(Item, { name: 'i', spec: { number: 1 } });
    await room.queue.enqueue('Resync/Item');
    await room.queue.advance('1h');
    expect(room.queue.runsOf(`Item/${metadata.uid}`)).toMatchObject([{ outcome: 'done' }]);
    expect(room.queue.deadLetters()).toEqual([]);
  });

  test('two reconcilers for a kind, and one for a kind that is not known, are refused', async () => {
    const box = reconcilerFor(Box, { reconcile: () => done() });
    const open = (options: Pick<TestResourcesOptions, 'kinds' | 'reconcilers'>) => () => new TestResources(options);
    expect(open({ kinds: [Box], reconcilers: [box, box] })).toThrow(/registered already.*Box/);
    expect(open({ kinds: [Item], reconcilers: [box] })).toThrow(/does not know.*Box/);
  });
});

// Trap 1: each edit is made while a run goes on, and the queue gets turns enough to begin another one.
test('one resource is never looked at twice at once, whatever happens to it', async () => {
  let now = 0;
  let most = 0;
  await using world = await boxed(async ({ resource }, room) => {
    most = Math.max(most, ++now);
    const { size } = resource.spec;
    if (size < 4) await room.store.update(Box, UID, () => ({ spec: { size: size + 1 } }));
    if (size < 4) await room.queue.enqueue(KEY);
    now--;
    return done();
  });
  await world.room.queue.settled(KEY);
  expect(most).toBe(1);
  expect(world.room.queue.runsOf(KEY)).toHaveLength(4);
});
