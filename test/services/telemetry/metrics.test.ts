import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { METRICS, type Metric } from '../../../catalogue/metrics.ts';
import { audited } from '../../../queue/audit.ts';
import { CensusCount } from '../../../queue/core/census.ts';
import type { Key } from '../../../queue/core/key.ts';
import type { Outcome } from '../../../queue/core/outcome.ts';
import { redrive } from '../../../queue/redrive.ts';
import { Dispatcher } from '../../../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../../../services/dispatcher/settings.ts';
import { Sweeper } from '../../../services/dispatcher/sweep.ts';
import { gaugeCensus } from '../../../services/telemetry/census-gauges.ts';
import { metricsOf } from '../../../services/telemetry/scope.ts';
import { metered } from '../../support/metered.ts';
import type { Sample } from '../../support/prometheus-page.ts';
import { World } from '../../support/world.ts';

/** A world whose dispatcher is measured. */
function open(regions = ['a']) {
  const world = new World({ regions });
  const meter = metered(world.context);
  const calls: { key: string; answer(outcome: Outcome): void }[] = [];
  let answers: (key: string) => Outcome | undefined = () => ({ kind: 'done' });
  const dispatcher = new Dispatcher({
    context: meter.context,
    settings: {
      ...{ ...DEFAULT_SETTINGS, lingerMs: 0, queue: 'test', region: 'a', regions, concurrency: 4 },
      retry: { ...DEFAULT_SETTINGS.retry, maxAttempts: 2 },
    },
    reconciler: {
      process: ({ key }) =>
        new Promise((resolve) => {
          const answer = (outcome: Outcome) => resolve({ outcome, started: outcome.kind !== 'unreachable' });
          calls.push({ key, answer });
          const outcome = answers(key);
          if (outcome) answer(outcome);
        }),
      close() {},
    },
    publish: async (message) => world.deliver(message),
    census: (census, extent) => gaugeCensus(meter.instruments, census, { concurrency: 4, extent }),
  });
  world.dispatchers.set('a', dispatcher);
  return { world, meter, calls, answerWith: (given: typeof answers) => void (answers = given) };
}

function valueOf(samples: readonly Sample[], metric: Metric, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  const name = metric.kind === 'histogram' ? `${metric.name}_count` : metric.name;
  return samples.find((each) => each.name === name && wanted.every(([label, value]) => each.labels[label] === value))
    ?.value;
}

describe('the metrics of a dispatcher', () => {
  let setup: ReturnType<typeof open>;
  beforeEach(() => {
    setup = open();
  });
  afterEach(() => setup.meter.close());

  const read = async (metric: Metric, labels?: Record<string, string>) =>
    valueOf(await setup.meter.samples(), metric, labels);

  test('are zero from the start, for every value of every label; gauges are not there before someone has looked', async () => {
    const samples = await setup.meter.samples();
    const counters = metricsOf('dispatcher').filter(({ kind }) => kind === 'counter');
    for (const metric of counters) {
      const series = Object.values(metric.labels).reduce((all, values) => all * values.length, 1);
      const found = samples.filter(({ name }) => name === metric.name);
      expect(
        found.map(({ value }) => value),
        metric.name,
      ).toEqual(Array.from({ length: series }, () => 0));
      expect(found.every(({ type }) => type === 'counter')).toBe(true);
    }
    expect(samples.some(({ type }) => type === 'gauge')).toBe(false);
  });

  test('all carry the common labels, and never a key', async () => {
    const { world, meter } = setup;
    for (const key of ['secret/one', 'secret/two']) await world.enqueue(key);
    world.tick();
    await world.clock.settle();
    const samples = await meter.samples();
    expect(samples.length).toBeGreaterThan(30);
    for (const { labels } of samples) {
      expect(labels).toMatchObject({ service_name: 'dispatcher', revision_name: 'r1', queue_name: 'test', shard: '0' });
    }
    expect(await meter.text()).not.toContain('secret/');
  });

  test('tell how attempts ended, and what they took', async () => {
    const { world, calls, answerWith } = setup;
    answerWith((key) => {
      if (key === 'bad') return { kind: 'rejected', reason: 'no' };
      if (key === 'later') return { kind: 'requeue', delayMs: 3_600_000, floor: false };
      if (key === 'floor') return { kind: 'requeue', delayMs: 3_600_000, floor: true };
      return key === 'failing' ? { kind: 'failed', error: 'boom' } : key === 'slow' ? undefined : { kind: 'done' };
    });
    for (const key of ['good', 'bad', 'later', 'floor', 'failing', 'slow']) await world.enqueue(key);
    await world.clock.advance(2_000);
    calls.find(({ key }) => key === 'slow')?.answer({ kind: 'done' });
    await world.clock.settle();
    await world.pass(120_000);

    const samples = await setup.meter.samples();
    const outcomes = Object.fromEntries(
      samples
        .filter(({ name }) => name === METRICS.settled.name)
        .map(({ labels, value }) => [labels['outcome'], value]),
    );
    expect(outcomes).toMatchObject({ done: 2, rejected: 1, requeue: 1, floor: 1, failed: 2, interrupted: 0, lost: 0 });
    const value = (metric: Metric, labels?: Record<string, string>) => valueOf(samples, metric, labels);
    expect(value(METRICS.deadLetters, { cause: 'rejected' })).toBe(1);
    expect(value(METRICS.deadLetters, { cause: 'exhausted' })).toBe(1);
    expect(value(METRICS.claims, { result: 'won' })).toBe(7);
    expect(value(METRICS.started, { within_target: 'true' })).toBe(7);
    expect(value(METRICS.processLatency)).toBe(7);
    expect(value(METRICS.waitLatency)).toBe(7);
    expect(value(METRICS.leaseAge)).toBe(7);
    expect(value(METRICS.timeToCompletion, { status: 'done' })).toBe(2);
    expect(value(METRICS.timeToCompletion, { status: 'dead' })).toBe(2);
    expect(value(METRICS.attemptsAtCompletion)).toBe(4);
    expect(value(METRICS.storeRequests, { op: 'copy', result: 'ok' })).toBeGreaterThan(7);
  });

  test('count a redriven key once, when its first run begins, however often it is called again', async () => {
    const { world, answerWith } = setup;
    answerWith(() => ({ kind: 'failed', error: 'again' }));
    for (const key of ['dead', 'other']) world.bucket.insert(`dead-letter/${key}`, { metadata: {} }, {});
    await redrive(world.context, 'dead' as Key);
    await world.enqueue('other');
    expect(await read(METRICS.redriven)).toBe(0);
    world.tick();
    await world.pass(180_000);
    expect(world.told('key.started').filter(({ key }) => key === 'dead').length).toBe(2);
    expect(await read(METRICS.redriven)).toBe(1);
  });

  test('count what operators did, once, without a request more', async () => {
    const { world } = setup;
    const act = (verb: string) =>
      audited(world.context, { verb, by: 'ann', target: 'k' }, async () => ({ result: 'done', value: 0 }));
    await act('pause');
    await world.clock.advance(1);
    await act('dead drop');
    await act('dead drop');
    await act('of another version');
    for (let minute = 0; minute < 3; minute++) await world.pass(60_000);
    await act('resume');
    await world.pass(60_000);
    const verbs = ['pause', 'dead drop', 'resume', 'drain'];
    const counts = await Promise.all(verbs.map((verb) => read(METRICS.operatorActions, { verb })));
    expect(counts).toEqual([1, 2, 1, 0]);
    expect(world.told('operator.acted')[0]).toEqual({ verb: 'pause', by: 'ann', target: 'k' });
    expect(world.requests.filter(({ operation }) => operation === 'list').length).toBe(4);
  });

  test('count keys that started late', async () => {
    const { world } = setup;
    world.loseHints = true;
    await world.enqueue('forgotten');
    await world.clock.advance(90_000);
    world.tick();
    await world.clock.settle();
    expect(await read(METRICS.started, { within_target: 'false' })).toBe(1);
    expect(await read(METRICS.started, { within_target: 'true' })).toBe(0);
  });

  test('say what lies in the bucket as a listing of the same moment does', async () => {
    const { world, answerWith } = setup;
    answerWith((key) => (key === 'dead' ? { kind: 'rejected', reason: 'no' } : undefined));
    await world.enqueue('dead');
    for (let index = 0; index < 7; index++) {
      await world.enqueue(`key-${index}`, { priority: index < 5 ? 0 : 50 });
      await world.clock.settle();
    }
    await world.enqueue('later', { delaySeconds: 3_000 });
    await world.clock.advance(30_000);
    const touched = setup.calls.map(({ key }) => key).filter((key) => key !== 'dead');
    expect(touched.length).toBe(4);
    // Its twin waits, but cannot start.
    await world.enqueue(touched[0] as string);
    world.tick();
    await world.clock.settle();

    const listed = new CensusCount(world.clock.now());
    for (const prefix of ['control/', 'dead-letter/', 'dispatchers/', 'in-progress/', 'queued/']) {
      for (const object of (await world.store.list({ prefix })).objects) listed.add(object);
    }
    const { counts } = listed.census();
    expect(counts).toMatchObject({ running: 4, eligible: 3, touched: 1, waiting: 1, dead: 1 });
    expect(await read(METRICS.inProgressKeys)).toBe(counts.running);
    expect(await read(METRICS.queuedKeys)).toBe(counts.eligible);
    expect(await read(METRICS.notBeforeKeys)).toBe(counts.waiting);
    expect(await read(METRICS.deadLetteredKeys)).toBe(counts.dead);
    expect(await read(METRICS.maxAttempts)).toBe(1);
    expect(await read(METRICS.longestRunningSeconds)).toBeGreaterThanOrEqual(30);
    expect(await read(METRICS.oldestEligibleAgeSeconds, { priority_class: '0' })).toBe(30);
    expect(await read(METRICS.oldestEligibleAgeSeconds, { priority_class: '1-99' })).toBe(30);
    expect(await read(METRICS.oldestEligibleAgeSeconds, { priority_class: '100+' })).toBe(0);
    expect(await read(METRICS.concurrencyLimit)).toBe(4);
    expect(await read(METRICS.paused)).toBe(0);
    expect(await read(METRICS.lastPassTimestampSeconds)).toBe(world.clock.now() / 1000);
    expect(await read(METRICS.passes, { result: 'ok' })).toBeGreaterThan(0);
  });

  test('leave a gauge out that nobody has renewed: an old answer is a wrong one', async () => {
    const { world } = setup;
    world.tick();
    await world.clock.settle();
    expect(await read(METRICS.queuedKeys)).toBe(0);
    await world.clock.advance(901_000);
    expect(await read(METRICS.queuedKeys)).toBeUndefined();
    expect(await read(METRICS.passes, { result: 'ok' })).toBe(1);
  });

  test.each(['queued/', 'in-progress/', 'dead-letter/'])('count each of many entries once: %s', async (prefix) => {
    const { world } = setup;
    const metadata = {
      'not-before': '2100-01-01T00:00:00Z',
      owner: 'other',
      'lease-expiration': '2100-01-01T00:00:00Z',
    };
    for (let index = 0; index < 2_500; index++) {
      await world.store.put(`${prefix}${String(index).padStart(4, '0')}`, metadata, 'absent');
    }
    world.tick();
    await world.clock.settle();
    const [waiting, running, dead] = [METRICS.notBeforeKeys, METRICS.inProgressKeys, METRICS.deadLetteredKeys];
    const counts = [await read(waiting), await read(running), await read(dead)];
    expect(counts.toSorted((a, b) => Number(b) - Number(a))).toEqual([2_500, 0, 0]);
  });

  test('between two full sweeps of a deep queue, say anew what runs, and let stand what was said of the rest', async () => {
    const { world, answerWith } = setup;
    answerWith(() => undefined);
    for (let index = 0; index < 2_500; index++) {
      const name = `queued/later-${String(index).padStart(4, '0')}`;
      await world.store.put(name, { 'not-before': '2100-01-01T00:00:00Z' }, 'absent');
    }
    world.tick();
    await world.clock.settle();
    expect([await read(METRICS.notBeforeKeys), await read(METRICS.inProgressKeys)]).toEqual([2_500, 0]);
    await world.clock.advance(60_000);
    await world.enqueue('now');
    await world.clock.settle();
    world.tick();
    await world.clock.settle();
    expect(world.told('sweep.done').at(-1)).toMatchObject({ extent: 'leases' });
    expect([await read(METRICS.notBeforeKeys), await read(METRICS.inProgressKeys)]).toEqual([2_500, 1]);
  });

  test('cost nothing to the bucket', async () => {
    const without = new World();
    without.dispatcher();
    for (const world of [without, setup.world]) {
      for (const key of ['a', 'b', 'c']) await world.enqueue(key);
      world.tick();
      await world.clock.settle();
    }
    expect(setup.world.requests.length).toBe(without.requests.length);
  });
});

test('a sweep over many pages counts twins of running keys as touched, in whatever order the pages come', async () => {
  const { SweptCensus } = await import('../../../services/dispatcher/swept-census.ts');
  const object = (name: string) => ({ name, generation: '1', metageneration: '1', metadata: {} });
  const count = new SweptCensus(0);
  count.add([object('queued/a'), object('queued/b')]);
  count.add([object('in-progress/a')]);
  count.leasesKnown();
  count.add([object('queued/c')]);
  expect(count.census().counts).toMatchObject({ running: 1, touched: 1, eligible: 2 });
});

test('a sweep knows all leases long before its end, so that few waiting entries are kept back', async () => {
  const world = new World();
  for (let index = 0; index < 2_500; index++) {
    await world.store.put(`dead-letter/${String(index).padStart(4, '0')}`, {}, 'absent');
    await world.store.put(`queued/${String(index).padStart(4, '0')}`, {}, 'absent');
  }
  await world.store.put('in-progress/0000', {}, 'absent');
  const seen: string[] = [];
  const sweeper = new Sweeper(world.context, { region: 'a', regions: ['a'] });
  await sweeper.sweep(
    'all',
    (page) => void seen.push(page.waiting.length > 0 ? 'waiting' : page.leases.length > 0 ? 'leases' : 'dead'),
    () => void seen.push('known'),
  );
  expect(seen.filter((each) => each === 'known')).toEqual(['known']);
  expect(seen.indexOf('known')).toBeGreaterThan(seen.indexOf('leases'));
  expect(seen.indexOf('known')).toBeLessThan(seen.lastIndexOf('waiting'));
});
