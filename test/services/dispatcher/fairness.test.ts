import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

const CONCURRENCY = 30;
const LATENCY_MS = 30;
/** Runs of a second on average: a minute's work for a dispatcher that has the whole limit. */
const KEYS = 1_800;

interface Backlog {
  /** Keys come with hints, or are found by sweeps. */
  readonly hinted?: boolean;
  /** The keys have come over this time before the backlog is found, and not all at once. */
  readonly spanMs?: number;
  /** What each dispatcher can keep in memory. */
  readonly candidates?: number;
}

/** Works off a backlog with one dispatcher for each region, all under one limit, in virtual time. */
async function drain(regions: string[], { hinted = false, spanMs = 0, candidates = 20_000 }: Backlog) {
  const world = new World({ regions, latencyMs: LATENCY_MS });
  const beganMs = world.clock.now();
  let most = 0;
  let endedMs = beganMs;
  world.handler = async () => {
    most = Math.max(most, world.open.length);
    await new Promise<void>((resolve) => world.clock.after(500 + 1_000 * world.random.unit(), resolve));
    endedMs = world.clock.now();
    return { kind: 'done' };
  };
  for (const region of regions) world.dispatcher(region, { concurrency: CONCURRENCY, candidates });
  if (hinted) {
    for (let i = 0; i < KEYS; i++) void world.enqueue(`key ${i}`);
  } else {
    for (let i = 0; i < KEYS; i++) {
      const queuedMs = beganMs - spanMs + Math.round((i * spanMs) / KEYS);
      world.bucket.insert(`queued/key ${i}`, { metadata: { 'first-queued': String(queuedMs) } }, {});
    }
    world.tick();
  }
  await world.pass(120_000);
  const leases = world.requests.filter(
    ({ operation, name }) => operation === 'copy' && name.startsWith('in-progress/'),
  );
  return {
    started: world.started,
    lost: leases.filter(({ result }) => result !== 'ok').length,
    most,
    makespanMs: endedMs - beganMs,
    left: world.names(),
  };
}

const BACKLOGS = [
  ['that comes with hints', { hinted: true }],
  ['that a sweep finds', {}],
  ['that has grown for ten minutes', { spanMs: 600_000 }],
  ['deeper than what is kept in memory', { candidates: 200 }],
] as const satisfies readonly (readonly [string, Backlog])[];

describe.for(BACKLOGS)('regions that share a backlog %s', ([, backlog]) => {
  const alone = once(() => drain(['a'], backlog));

  test.for([[['a', 'b']], [['a', 'b', 'c']]])(
    '%j: few leases lost, as fast as one alone, the limit kept',
    async ([regions]) => {
      const one = await alone();
      const shared = await drain(regions as string[], backlog);
      expect(shared.left).toEqual([]);
      expect([...shared.started].sort()).toEqual([...one.started].sort());
      expect(shared.most).toBeLessThanOrEqual(CONCURRENCY);
      expect(shared.lost / KEYS).toBeLessThanOrEqual(0.05);
      expect(shared.makespanMs / one.makespanMs).toBeLessThanOrEqual(1.1);
    },
  );
});

test('a region that was slower than the others gets help: it does not hold up the end of the backlog', async () => {
  const world = new World({ regions: ['a', 'b'], latencyMs: LATENCY_MS });
  // What runs in `a` takes three times as long.
  world.handler = async ({ region }) => {
    await new Promise<void>((resolve) => world.clock.after(region === 'a' ? 3_000 : 1_000, resolve));
    return { kind: 'done' };
  };
  for (const region of world.regions) world.dispatcher(region, { concurrency: 10 });
  for (let i = 0; i < 400; i++) world.bucket.insert(`queued/key ${i}`, { metadata: {} }, {});
  world.tick();
  await world.pass(180_000);
  const shareOf = (region: string) => world.calls.filter((call) => call.region === region).length;
  expect(world.names()).toEqual([]);
  // In proportion to their speeds: 100 and 300. Each with its own keys only: 200 and 200.
  expect(shareOf('b')).toBeGreaterThan(260);
});

/** A result that several tests want, worked out when the first of them does. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
