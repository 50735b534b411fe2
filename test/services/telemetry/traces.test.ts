import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../../queue/core/key.ts';
import type { Outcome } from '../../../queue/core/outcome.ts';
import { Dispatcher } from '../../../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../../../services/dispatcher/settings.ts';
import { Receiver } from '../../../services/receiver/receiver.ts';
import { openTraces } from '../../../services/runtime/traces.ts';
import { noTracing } from '../../../services/telemetry/tracing.ts';
import { World } from '../../support/world.ts';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A receiver and a dispatcher that trace into memory. */
function open(answer: (nth: number) => Outcome, traced = true) {
  const world = new World();
  const exporter = new InMemorySpanExporter();
  const { tracing } = traced
    ? openTraces(resourceFromAttributes({ 'service.name': 'test' }), new SimpleSpanProcessor(exporter))
    : { tracing: noTracing };
  const sent: (string | undefined)[] = [];
  const hints = { publish: async (message: Parameters<World['deliver']>[0]) => world.deliver(message) };
  const receiver = new Receiver({ context: world.context, hints, regions: ['a'], tracing });
  const dispatcher = new Dispatcher({
    context: world.context,
    settings: { ...DEFAULT_SETTINGS, lingerMs: 0, queue: 'q', region: 'a', regions: ['a'], concurrency: 4 },
    reconciler: {
      process: async ({ traceparent }) => {
        sent.push(traceparent);
        return { outcome: answer(sent.length), started: true };
      },
      close() {},
    },
    publish: async () => {},
    tracing,
  });
  world.dispatchers.set('a', dispatcher);
  const enqueue = async (traceparent?: string) => {
    await receiver.enqueue({ key: 'k' as Key, priority: 0, delaySeconds: 0 }, traceparent);
    await world.clock.settle();
  };
  const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === `levelset ${name}`);
  return { world, enqueue, spans, sent };
}

const idOf = (span: ReadableSpan | undefined) => span?.spanContext();

describe('traces', () => {
  test('three attempts: the first goes on with the trace of the enqueue, the others are traces of their own with a link', async () => {
    const { world, enqueue, spans, sent } = open((nth) =>
      nth < 3 ? { kind: 'failed', error: 'boom' } : { kind: 'done' },
    );
    await enqueue(CALLER);
    await world.pass(300_000);

    const [enqueued] = spans('enqueue');
    expect(idOf(enqueued)?.traceId).toBe(CALLER.slice(3, 35));
    expect(enqueued?.parentSpanContext?.spanId).toBe(CALLER.slice(36, 52));
    const attempts = spans('attempt');
    expect(attempts.map(({ attributes }) => attributes['levelset.attempt'])).toEqual([1, 2, 3]);
    expect(attempts.map(({ attributes }) => attributes['levelset.event'])).toEqual([
      'key.failed',
      'key.failed',
      'key.done',
    ]);
    expect(attempts.map(({ status }) => status.message)).toEqual(['boom', 'boom', undefined]);
    for (const { links } of attempts) expect(links[0]?.context.spanId).toBe(idOf(enqueued)?.spanId);
    const [first, ...later] = attempts;
    expect(first?.parentSpanContext?.spanId).toBe(idOf(enqueued)?.spanId);
    for (const { parentSpanContext } of later) expect(parentSpanContext).toBeUndefined();
    expect(new Set([CALLER.slice(3, 35), ...later.map((span) => idOf(span)?.traceId)]).size).toBe(3);
    // The reconciler goes on with the trace of its own attempt.
    expect(sent.map((traceparent) => traceparent?.slice(3, 52))).toEqual(
      attempts.map((span) => `${idOf(span)?.traceId}-${idOf(span)?.spanId}`),
    );
  });

  test('a key that is called back for ever makes a trace a run, although every run is a first attempt', async () => {
    const { world, enqueue, spans } = open(() => ({ kind: 'requeue', delayMs: 60_000, floor: false }));
    await enqueue(CALLER);
    await world.pass(600_000);
    const attempts = spans('attempt');
    expect(attempts.length).toBeGreaterThan(5);
    expect(attempts.every(({ attributes }) => attributes['levelset.attempt'] === 1)).toBe(true);
    expect(new Set(attempts.map((span) => idOf(span)?.traceId)).size).toBe(attempts.length);
  });

  test('off, the context of the caller travels on as it came', async () => {
    const { world, enqueue, sent } = open(() => ({ kind: 'done' }), false);
    await enqueue(CALLER);
    await world.clock.settle();
    expect(sent).toEqual([CALLER]);
  });

  test('a run that could not be settled, because the lock was lost, ends its span as well', async () => {
    const child = { key: 'child' as Key, priority: 0, delaySeconds: 0 };
    const { world, enqueue, spans } = open(() => ({ kind: 'enqueue', keys: [child] }));
    const put = world.store.put.bind(world.store);
    world.store.put = (name, ...rest) =>
      name === 'queued/child' ? Promise.reject(new Error('refused')) : put(name, ...rest);
    await enqueue();
    expect(spans('attempt')).toEqual([]);
    world.store.patch = () => Promise.reject(new Error('refused'));
    await world.clock.advance(60_000);
    expect(world.told('lock.lost').length).toBeGreaterThan(0);
    expect(spans('attempt')[0]).toMatchObject({ status: { message: 'not settled: the lock was lost' } });
  });
});
