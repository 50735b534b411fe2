import { describe, expect, test } from 'vitest';
import { Bucket, type Change } from '../../../queue/stores/bucket.ts';
import type { Conditions } from '../../../queue/stores/conditions.ts';
import { Generations } from '../../../queue/stores/generations.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';

function emptyBucket(options: Partial<ConstructorParameters<typeof Bucket>[0]> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 21));
  return { clock, bucket: new Bucket({ clock, ...options }) };
}

describe('conditions', () => {
  const holding: Conditions[] = [
    {},
    { ifGenerationMatch: 'live' },
    { ifGenerationNotMatch: '0' },
    { ifGenerationNotMatch: '7' },
    { ifMetagenerationMatch: '2' },
    { ifMetagenerationNotMatch: '1' },
    { ifGenerationMatch: 'live', ifMetagenerationMatch: '2' },
  ];
  const failing: Conditions[] = [
    { ifGenerationMatch: '0' },
    { ifGenerationMatch: '7' },
    { ifGenerationNotMatch: 'live' },
    { ifMetagenerationMatch: '1' },
    { ifMetagenerationNotMatch: '2' },
    { ifGenerationMatch: 'live', ifMetagenerationMatch: '1' },
    { ifGenerationMatch: '7', ifMetagenerationMatch: '2' },
  ];

  /** A bucket with `a` at metageneration 2, and every operation on it under these conditions. */
  function operations(conditions: Conditions) {
    const make = () => {
      const { bucket } = emptyBucket();
      bucket.insert('a', {});
      const made = bucket.patch('a', { metadata: { n: '1' } });
      bucket.insert('source', {});
      const generation = made.kind === 'ok' ? made.object.generation : '';
      const entries = Object.entries(conditions).map(([name, value]) => [name, value === 'live' ? generation : value]);
      return { bucket, live: Object.fromEntries(entries) as Conditions };
    };
    const run = (operate: (bucket: Bucket, live: Conditions) => { kind: string }) => {
      const { bucket, live } = make();
      return operate(bucket, live).kind;
    };
    return {
      get: run((bucket, live) => bucket.get('a', live)),
      insert: run((bucket, live) => bucket.insert('a', {}, live)),
      patch: run((bucket, live) => bucket.patch('a', {}, live)),
      update: run((bucket, live) => bucket.update('a', {}, live)),
      delete: run((bucket, live) => bucket.delete('a', live)),
      copyTo: run((bucket, live) => bucket.copy(bucket, { from: 'source', to: 'a', destination: live })),
      copyFrom: run((bucket, live) => bucket.copy(bucket, { from: 'a', to: 'b', source: live })),
      moveTo: run((bucket, live) => bucket.move({ from: 'source', to: 'a', destination: live })),
      moveFrom: run((bucket, live) => bucket.move({ from: 'a', to: 'b', source: live })),
    };
  }

  test.each(holding)('%j lets every operation through', (conditions) => {
    expect(new Set(Object.values(operations(conditions)))).toEqual(new Set(['ok']));
  });

  test.each(failing)('%j stops every operation', (conditions) => {
    expect(new Set(Object.values(operations(conditions)))).toEqual(new Set(['unmet']));
  });

  test('hold of an absent object as if its generation were 0', () => {
    const { bucket } = emptyBucket();
    for (const conditions of [
      { ifGenerationNotMatch: '0' },
      { ifGenerationMatch: '1' },
      { ifMetagenerationMatch: '1' },
    ]) {
      expect(bucket.insert('a', {}, conditions).kind).toBe('unmet');
    }
    expect(bucket.insert('a', {}, { ifGenerationMatch: '0', ifMetagenerationNotMatch: '1' }).kind).toBe('ok');
  });

  test('are not looked at where there is nothing to read or change', () => {
    const { bucket } = emptyBucket();
    expect(bucket.get('a', { ifGenerationMatch: '1' }).kind).toBe('missing');
    expect(bucket.patch('a', {}, { ifGenerationMatch: '1' }).kind).toBe('missing');
    expect(bucket.delete('a', { ifGenerationMatch: '0' }).kind).toBe('missing');
  });
});

describe('generations', () => {
  test('are microseconds of the clock, but never the same twice, also when the clock is set back', () => {
    const { bucket, clock } = emptyBucket();
    const draw = () => {
      const made = bucket.insert('a', {});
      return made.kind === 'ok' ? Number(made.object.generation) : 0;
    };
    const first = draw();
    expect(first).toBe(clock.now() * 1000);
    expect(draw()).toBe(first + 1);
    clock.step(-60_000);
    expect(draw()).toBe(first + 2);
  });

  test('go on behind what was restored', () => {
    const clock = new ManualClock(0);
    const generations = new Generations(clock);
    const bucket = new Bucket({ clock, generations });
    const times = { createdMs: 0, updatedMs: 0 };
    bucket.restore({
      name: 'a',
      generation: '900',
      metageneration: '3',
      metadata: {},
      settings: {},
      data: new Uint8Array(),
      ...times,
    });
    const made = bucket.insert('b', {});
    expect(made.kind === 'ok' && made.object.generation).toBe('901');
  });
});

describe('the rate limit', () => {
  test('takes two writes to one name at once, then one a second', async () => {
    const { bucket, clock } = emptyBucket({ rateLimit: true });
    const write = () => bucket.insert('a', {}).kind;
    expect([write(), write(), write()]).toEqual(['ok', 'ok', 'throttled']);
    await clock.advance(999);
    expect(write()).toBe('throttled');
    await clock.advance(1);
    expect([write(), write()]).toEqual(['ok', 'throttled']);
    await clock.advance(10_000);
    expect([write(), write(), write()]).toEqual(['ok', 'ok', 'throttled']);
  });

  test('counts each name apart, patches and copies too, but no deletes and no lost races', () => {
    const { bucket } = emptyBucket({ rateLimit: true });
    bucket.insert('a', {});
    bucket.insert('b', {});
    expect(bucket.insert('a', {}, { ifGenerationMatch: '0' }).kind).toBe('unmet');
    expect(bucket.patch('a', {}).kind).toBe('ok');
    expect(bucket.patch('a', {}).kind).toBe('throttled');
    expect(bucket.copy(bucket, { from: 'a', to: 'b' }).kind).toBe('ok');
    expect(bucket.copy(bucket, { from: 'a', to: 'b' }).kind).toBe('throttled');
    expect(bucket.delete('a').kind).toBe('ok');
    expect(bucket.insert('a', {}).kind).toBe('throttled');
  });

  test('applies nothing that it refuses', () => {
    const { bucket } = emptyBucket({ rateLimit: true });
    bucket.insert('a', { metadata: { n: '1' } });
    bucket.patch('a', { metadata: { n: '2' } });
    bucket.patch('a', { metadata: { n: '3' } });
    expect(bucket.get('a')).toMatchObject({ object: { metadata: { n: '2' }, metageneration: '2' } });
  });
});

describe('changes', () => {
  test('are told in order, with what an overwrite replaced', () => {
    const { bucket } = emptyBucket();
    const seen: string[] = [];
    const stop = bucket.subscribe((change: Change) => {
      const replaced = change.kind === 'finalize' && change.overwritten ? ' over' : '';
      seen.push(`${change.kind} ${change.object.name}${replaced}`);
    });
    bucket.insert('a', {});
    bucket.insert('a', {});
    bucket.patch('a', {});
    bucket.copy(bucket, { from: 'a', to: 'b' });
    bucket.move({ from: 'b', to: 'c' });
    bucket.delete('a');
    stop();
    bucket.delete('c');
    expect(seen).toEqual([
      'finalize a',
      'finalize a over',
      'metadataUpdate a',
      'finalize b',
      'finalize c',
      'delete b',
      'delete a',
    ]);
  });

  test('are not made when they cannot be written ahead', () => {
    const { bucket } = emptyBucket({
      writeAhead: () => {
        throw new Error('disk full');
      },
    });
    expect(() => bucket.insert('a', {})).toThrow('disk full');
    expect(bucket.get('a').kind).toBe('missing');
    expect(bucket.list({})).toMatchObject({ objects: [] });
  });

  test('of a move are written ahead as one', () => {
    const written: number[] = [];
    const { bucket } = emptyBucket({ writeAhead: (changes) => written.push(changes.length) });
    bucket.insert('a', {});
    bucket.move({ from: 'a', to: 'b' });
    expect(written).toEqual([1, 2]);
    expect(bucket.get('a').kind).toBe('missing');
    expect(bucket.get('b').kind).toBe('ok');
  });
});

test('a copy keeps data, metadata and settings unless it is given others', () => {
  const { bucket } = emptyBucket();
  const data = new Uint8Array([1, 2, 3]);
  bucket.insert('a', { data, metadata: { n: '1' }, settings: { contentType: 'text/plain' } });
  expect(bucket.copy(bucket, { from: 'a', to: 'b' })).toMatchObject({
    object: { data, metadata: { n: '1' }, settings: { contentType: 'text/plain' }, metageneration: '1' },
  });
  const bare = bucket.copy(bucket, { from: 'a', to: 'c', content: {} });
  expect(bare).toMatchObject({ object: { data } });
  expect(bare.kind === 'ok' && [bare.object.metadata, bare.object.settings]).toEqual([{}, {}]);
});

test('an update replaces metadata and settings in place, a patch merges into them', () => {
  const { bucket } = emptyBucket();
  bucket.insert('a', { metadata: { n: '1', m: '1' }, settings: { cacheControl: 'no-store', contentType: 'x/y' } });
  bucket.patch('a', { metadata: { n: null }, settings: { cacheControl: null } });
  const patched = bucket.get('a');
  expect(patched.kind === 'ok' && [patched.object.metadata, patched.object.settings]).toEqual([
    { m: '1' },
    { contentType: 'x/y' },
  ]);
  bucket.update('a', { metadata: { k: '2' } });
  const updated = bucket.get('a');
  expect(updated.kind === 'ok' && [updated.object.metadata, updated.object.settings]).toEqual([{ k: '2' }, {}]);
});
