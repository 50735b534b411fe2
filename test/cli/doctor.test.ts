import { describe, expect, test } from 'vitest';
import { subscriptionFilter } from '../../queue/core/hint.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { cli, type CliOptions } from '../support/cli.ts';
import { World } from '../support/world.ts';

const instant = (ms: number) => new Date(ms).toISOString();
const healthy = {
  topic: async () => ({
    exists: true,
    subscriptions: [{ name: 'hints-a', filter: subscriptionFilter('a'), endpoint: 'https://dispatcher' }],
  }),
};

async function findings(world: World, options: CliOptions = {}) {
  const answered = await cli(world, ['doctor', '--jsonl'], { ...options, facts: { ...healthy, ...options.facts } });
  const rows = answered.rows() as unknown as { check: string; level: string; says: string; fix?: string }[];
  return { ...answered, bad: rows.filter(({ level }) => level === 'bad'), all: rows };
}

test('doctor finds nothing wrong with a queue that is well, leaves nothing behind, and exits with 0', async () => {
  const world = new World();
  world.bucket.insert('queued/k', { metadata: {} }, {});
  const found = await findings(world);
  expect(found.bad).toEqual([]);
  expect(found.exit).toBe(0);
  expect(world.names()).toEqual(['queued/k']);
  expect((await cli(world, ['doctor'], { facts: healthy })).out).toContain('nothing is wrong');
});

describe('doctor exits with 1 and says how to mend', () => {
  const nowMs = new World().clock.now();
  const lock = { expires: instant(nowMs + 20_000), instance: 'i' };
  test.for<readonly [string, Readonly<Record<string, Record<string, string>>>, RegExp, RegExp]>([
    [
      'pause',
      { 'control/pause': { by: 'ann', reason: 'deploy' } },
      /paused without end by ann: deploy/,
      /levelset resume/,
    ],
    [
      'dispatchers',
      { 'queued/k': { 'first-queued': String(nowMs - 600_000) } },
      /1 keys are eligible, the oldest for 10 min, and no dispatcher is at work/,
      /Cloud Scheduler/,
    ],
    ['locks', { 'dispatchers/a': { ...lock, expires: instant(nowMs - 60_000) } }, /lapsed: a since/, /next tick/],
    ['leases', { 'in-progress/k': { owner: 'a/7' } }, /1 leases have no holder/, /next tick/],
    ['owners', { 'in-progress/k': { owner: 'go-dispatcher' } }, /go-dispatcher/, /stop the other dispatcher/],
    [
      'dead letters',
      { 'dead-letter/k': { 'failed-time': instant(nowMs - 7_200_000) } },
      /1 keys.*2 h/,
      /dead ls --by-reason/,
    ],
    ['names', { 'queued/': {} }, /1 objects .* "queued\/"/, /gcloud storage rm/],
    [
      'metadata',
      { 'queued/k': { priority: 'high' } },
      /queued\/k: metadata priority does not parse: priority="high"/,
      /who writes it/,
    ],
    ['regions', { 'dispatchers/mars': lock }, /mars/, /LEVELSET_REGIONS/],
  ])('%s', async ([check, objects, says, fix]) => {
    const world = new World();
    for (const [name, metadata] of Object.entries(objects)) world.bucket.insert(name, { metadata }, {});
    const { exit, bad } = await findings(world);
    expect(exit).toBe(1);
    expect(bad.map((finding) => finding.check)).toEqual([check]);
    expect(bad[0]?.says).toMatch(says);
    expect(bad[0]?.fix).toMatch(fix);
  });

  test.for<readonly [string, CliOptions['facts'] & object, RegExp]>([
    ['versioning', { bucket: async () => ({ versioning: true }) }, /--no-versioning/],
    ['soft delete', { bucket: async () => ({ softDeleteSeconds: 604_800 }) }, /--clear-soft-delete/],
    ['retention', { bucket: async () => ({ retentionSeconds: 60 }) }, /--clear-retention-period/],
    ['lifecycle', { bucket: async () => ({ lifecycleRules: 1 }) }, /audit\/ only/],
    ['permissions', { bucket: async () => ({ missingPermissions: ['storage.objects.delete'] }) }, /objectUser/],
    ['topic', { topic: async () => ({ exists: false, subscriptions: [] }) }, /deploy the infra/],
    ['subscription a', { topic: async () => ({ exists: true, subscriptions: [] }) }, /its filter has to be exactly/],
    ['clock', { madeMs: async () => nowMs - 1_500 }, /chrony/],
    ['clock', { madeMs: async () => nowMs + 1_500 }, /chrony/],
  ])('%s: %o', async ([check, facts, fix]) => {
    const { exit, bad } = await findings(new World(), { facts });
    expect(exit).toBe(1);
    expect(bad.map((finding) => finding.check)).toEqual([check]);
    expect(bad[0]?.fix).toMatch(fix);
  });

  test('a store that ignores conditions', async () => {
    const world = new World();
    const store: ObjectStore = {
      ...world.store,
      patch: async (name, changes) => {
        const seen = await world.store.get(name);
        return world.store.patch(name, changes, { generation: seen?.generation ?? '0' });
      },
    };
    const { exit, bad } = await findings(world, { store });
    expect(exit).toBe(1);
    expect(bad[0]).toMatchObject({ check: 'conditional writes', fix: expect.stringContaining('stop all services') });
  });
});

test('doctor --read-only writes nothing; what cannot be checked is said, and is no finding', async () => {
  const world = new World();
  const facts = {
    bucket: () => Promise.reject(new Error('403')),
    topic: () => Promise.reject(new Error('no route')),
  };
  const answered = await cli(world, ['doctor', '--read-only'], { facts });
  expect(answered.exit).toBe(0);
  expect(answered.out).toContain('--    bucket settings: could not be checked: 403');
  expect(answered.out).toContain('--    conditional writes: not tried');
  expect(new Set(world.requests.map(({ operation }) => operation))).toEqual(new Set(['list']));
});
