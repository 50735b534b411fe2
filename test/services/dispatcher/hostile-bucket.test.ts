import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

describe('a bucket with garbage in it', () => {
  test('does not stop the dispatcher, and nothing there is deleted', async () => {
    const world = new World();
    const garbage = [
      'queued/',
      'queued/..',
      'queued/tab\there',
      'in-progress/',
      'in-progress/.',
      'dead-letter/',
      'dispatchers/',
      'dispatchers/nowhere/at all',
      'control/other',
      'audit/2026',
      'zzz',
      'in progress/k',
    ];
    for (const name of garbage) world.bucket.insert(name, { metadata: { expires: 'soon', owner: '///' } }, {});
    world.dispatcher();
    await world.enqueue('k');
    await world.pass(180_000);
    expect(world.started).toEqual(['k']);
    const left = world.bucket.list({});
    expect(left.kind === 'page' && left.objects.map(({ name }) => name).toSorted()).toEqual(garbage.toSorted());
    expect(world.told('object.foreign').length).toBe(6);
  });

  test('metadata that does not parse gets the safe reading, and is told of', async () => {
    const world = new World();
    const metadata = {
      priority: 'high',
      attempts: '-3',
      'not-before': 'tomorrow',
      'not-before-floor': 'yes',
      fence: 'x',
      theirs: 'kept',
    };
    world.bucket.insert('queued/k', { metadata }, {});
    world.handler = () => ({ kind: 'failed', error: 'boom' });
    world.dispatcher();
    await world.pass(60_000);
    expect(world.started).toEqual(['k']);
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '1', theirs: 'kept', priority: '00000000' });
    expect(world.told('entry.invalid').length).toBeGreaterThanOrEqual(4);
  });

  test('a leased entry without owner or lease is orphaned', async () => {
    const world = new World();
    world.bucket.insert('in-progress/k', { metadata: { 'lease-expiration': 'never' } }, {});
    world.dispatcher();
    await world.pass(60_000);
    expect(world.started).toEqual(['k']);
    expect(world.names()).toEqual([]);
  });

  test('an owner that knows no locks keeps its key until its lease has expired', async () => {
    const world = new World();
    const expiration = new Date(world.clock.now() + 120_000).toISOString();
    world.bucket.insert(
      'in-progress/k',
      { metadata: { owner: 'go-dispatcher', 'lease-expiration': expiration, attempts: '2' } },
      {},
    );
    world.dispatcher();
    await world.pass(119_000);
    expect(world.started).toEqual([]);
    await world.pass(62_000);
    expect(world.calls.map(({ attempt }) => attempt)).toEqual([2]);
  });

  test('any decimal priority of others is understood', async () => {
    const world = new World();
    world.bucket.insert('queued/ten', { metadata: { priority: '10' } }, {});
    world.bucket.insert('queued/nine', { metadata: { priority: '000000000009' } }, {});
    world.bucket.insert('queued/huge', { metadata: { priority: '9999999999' } }, {});
    world.dispatcher('a', { concurrency: 1 });
    world.tick();
    await world.clock.settle();
    expect(world.started).toEqual(['huge', 'ten', 'nine']);
  });

  test('a lock that does not parse does not stand for ever', async () => {
    const world = new World();
    world.bucket.insert('dispatchers/a', { metadata: { expires: 'never' } }, {});
    world.dispatcher();
    await world.enqueue('k');
    await world.pass(5_000);
    expect(world.started).toEqual(['k']);
  });
});
