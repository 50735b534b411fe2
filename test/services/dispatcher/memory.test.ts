import { expect, test } from 'vitest';
import { silentJournal } from '../../../catalogue/events.ts';
import type { Candidate } from '../../../queue/core/candidate.ts';
import { tickMessage } from '../../../queue/core/hint.ts';
import type { Key } from '../../../queue/core/key.ts';
import { Bucket } from '../../../queue/stores/bucket.ts';
import { memoryStore } from '../../../queue/stores/memory.ts';
import { Deck } from '../../../services/dispatcher/deck.ts';
import { Dispatcher } from '../../../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../../../services/dispatcher/settings.ts';
import { parseTrigger } from '../../../services/dispatcher/trigger.ts';
import { Receiver } from '../../../services/receiver/receiver.ts';
import type { Answer } from '../../../services/rpc/reconciler-port.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { liveEntries, liveObjects } from '../../support/live-objects.ts';

const REGION = 'a';
/** What the test runner itself may leave behind in the meantime. */
const NOISE = 1_500;

/** A queue that keeps no record of what happened: whatever stays in memory is the product's. */
function rig({
  candidates = DEFAULT_SETTINGS.candidates as number,
  answer = (_calls: number): Answer['outcome'] => ({ kind: 'done' }),
}) {
  const clock = new ManualClock();
  const bucket = new Bucket({ clock });
  const store = memoryStore({ bucket, clock, latencyMs: 5 });
  const context = { store, clock, random: seededRandom(5), journal: silentJournal };
  let calls = 0;
  const dispatcher = new Dispatcher({
    context,
    settings: { ...DEFAULT_SETTINGS, queue: 'q', region: REGION, regions: [REGION], concurrency: 50, candidates },
    reconciler: {
      process: () => {
        const outcome = answer(calls++);
        return new Promise((resolve) => clock.after(10, () => resolve({ started: true, outcome })));
      },
      close() {},
    },
    publish: async () => {},
  });
  const deliver = (message: typeof tickMessage) => {
    const trigger = parseTrigger(message);
    if (trigger.ok) dispatcher.trigger(trigger.value).catch(() => undefined);
  };
  const hints = { publish: async (message: typeof tickMessage) => deliver(message) };
  const receiver = new Receiver({ context, hints, regions: [REGION] });
  return {
    clock,
    bucket,
    calls: () => calls,
    tick: () => deliver(tickMessage),
    enqueue: (key: string, delaySeconds = 0) => receiver.enqueue({ key: key as Key, priority: 0, delaySeconds }),
  };
}

test('of 500,000 waiting keys, due or not, no more are kept in memory than it has room for', () => {
  const { candidates } = DEFAULT_SETTINGS;
  const deck = new Deck(candidates);
  const before = liveObjects();
  for (let i = 0; i < 500_000; i++) {
    // Most are seen again by the next sweep, as objects that are new.
    if (i === 300_000) deck.waiting.expectAll();
    const key = `key ${i % 300_000}` as Key;
    deck.offer(candidateOf(key, i % 2 === 0 ? 0 : 1_000 + i), 0);
  }
  expect(deck.waiting.size).toBeLessThanOrEqual(2 * candidates);
  // A candidate is two objects, itself and its metadata.
  expect(liveObjects() - before).toBeLessThanOrEqual(2 * 2 * candidates + NOISE);
  expect(deck.waiting.size).toBeGreaterThan(candidates / 2);
});

test('a sweep of a queue 25 times as deep as memory keeps what fits', async () => {
  const candidates = 1_000;
  const { clock, bucket, tick } = rig({ candidates });
  for (let i = 0; i < 25_000; i++) {
    bucket.insert(`queued/k${i}`, { metadata: { 'not-before': '2030-01-01T00:00:00Z' } });
  }
  const before = liveObjects();
  tick();
  await clock.advance(5_000);
  expect(liveObjects() - before).toBeLessThanOrEqual(2 * 2 * candidates + NOISE);
});

test('after a drain nothing of its keys is left: what grows with each key shrinks with it', async () => {
  const keys = 4_000;
  const { clock, bucket, calls, tick, enqueue } = rig({ answer: everyKind });
  const work = async (name: string) => {
    for (let i = 0; i < keys; i++) void enqueue(`${name} ${i}`, i % 50 === 0 ? 5 : 0);
    for (let minute = 0; minute < 4; minute++) {
      tick();
      await clock.advance(60_000);
    }
    expect(bucket.size).toBe(0);
  };
  // The first time through fills pools and caches that are there to stay.
  await work('first');
  const [before, entriesBefore] = [liveObjects(), liveEntries()];
  await work('second');
  expect(calls()).toBeGreaterThan(2 * keys);
  expect(liveEntries() - entriesBefore).toBeLessThanOrEqual(NOISE);
  expect(liveObjects() - before).toBeLessThanOrEqual(NOISE);
});

/** Most runs are done; the others fail once or twice, come again later, or queue another. */
function everyKind(call: number): Answer['outcome'] {
  if (call % 97 === 0) return { kind: 'failed', error: 'as told' };
  if (call % 53 === 0) return { kind: 'requeue', delayMs: 2_000, floor: false };
  if (call % 41 === 0) {
    return { kind: 'enqueue', keys: [{ key: `follow-up ${call}` as Key, priority: 0, delaySeconds: 0 }] };
  }
  return { kind: 'done' };
}

function candidateOf(key: Key, dueMs: number): Candidate {
  const object = { name: `queued/${key}`, generation: '1', metageneration: '1', metadata: { priority: '00000000' } };
  return { key, ...object, priority: 0, eligibleMs: dueMs, dueMs, preferred: true, lost: 0 };
}
