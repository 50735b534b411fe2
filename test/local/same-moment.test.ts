import { expect, onTestFinished, test } from 'vitest';
import { Rates } from '../../local/inspector/rates.ts';
import { startInspector } from '../../local/inspector/server.ts';
import { Stories } from '../../local/inspector/stories.ts';
import type { Key } from '../../queue/core/key.ts';
import { META } from '../../queue/core/layout.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { redrive } from '../../queue/redrive.ts';
import type { Random } from '../../queue/ports/random.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import { cli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { World } from '../support/world.ts';

const STATES = ['eligible', 'waiting', 'running', 'touched', 'dead', 'redriven'] as const;

/** Counts by the names and times in the bucket alone, with nothing of what `top` and the inspector count with. */
function listed(world: World): Record<(typeof STATES)[number], number> {
  const below = (prefix: string) => world.names(prefix).map((name) => name.slice(prefix.length));
  const running = new Set(below('in-progress/'));
  const counts = { eligible: 0, waiting: 0, running: running.size, touched: 0, dead: 0, redriven: 0 };
  for (const key of below('queued/')) {
    const notBefore = world.metadata(`queued/${key}`)?.[META.notBefore];
    if (running.has(key)) counts.touched++;
    else if (notBefore !== undefined && Date.parse(notBefore) > world.clock.now()) counts.waiting++;
    else counts.eligible++;
  }
  for (const key of below('dead-letter/')) {
    if (world.metadata(`dead-letter/${key}`)?.[META.redriven] === undefined) counts.dead++;
    else counts.redriven++;
  }
  return counts;
}

/** Keys are enqueued, run, fail, die, are redriven and touched, all the time. */
function loaded(random: Random): { world: World; push: () => Promise<void> } {
  const world = new World();
  world.dispatcher('a', { concurrency: 5 });
  const below = (count: number) => Math.floor(random.unit() * count);
  const outcomes: readonly Outcome[] = [
    { kind: 'done' },
    { kind: 'failed', error: '503 from api' },
    { kind: 'rejected', reason: 'no such thing' },
    { kind: 'requeue', delayMs: 7_000, floor: true },
  ];
  world.handler = async () => {
    await new Promise<void>((resolve) => world.clock.after(below(6_000), resolve));
    return outcomes[below(outcomes.length)] as Outcome;
  };
  return {
    world,
    async push() {
      for (let count = below(8); count > 0; count--) {
        await world.enqueue(`k${below(60)}`, { priority: below(3) * 50, delaySeconds: Math.max(0, below(20) - 10) });
      }
      const [letter] = world.names('dead-letter/');
      if (letter !== undefined && below(3) === 0) {
        await redrive(world.context, letter.slice('dead-letter/'.length) as Key);
      }
    },
  };
}

test('under load, levelset top and the inspector say what a listing of the same moment does', async () => {
  const random = seededRandom(7);
  const { world, push } = loaded(random);
  const most = { eligible: 0, waiting: 0, running: 0, touched: 0, dead: 0, redriven: 0 };
  const options = { store: world.store, clock: world.clock, addresses: [], concurrency: 5 };
  const port = await freePort();
  const act = () => Promise.reject(new Error('not expected'));
  const inspector = await startInspector({ ...options, port, stories: new Stories(), rates: new Rates(), act });
  onTestFinished(() => inspector[Symbol.asyncDispose]());

  for (let moment = 0; moment < 60; moment++) {
    await push();
    await world.clock.advance(1_300);
    if (moment % 20 === 19) world.tick();
    await world.clock.settle();
    const counts = listed(world);
    const atMs = world.clock.now();

    const [shown] = (await cli(world, ['top', '--once', '--json'])).rows();
    expect(shown, `moment ${moment}`).toMatchObject(counts);
    const { snapshot } = (await (await fetch(`http://127.0.0.1:${port}/state.json`)).json()) as {
      snapshot: Record<'eligible' | 'waiting' | 'running' | 'dead', { count: number }> & { touched: number };
    };
    const { eligible, waiting, running, dead, touched } = snapshot;
    const seen = {
      eligible: eligible.count,
      waiting: waiting.count,
      running: running.count,
      dead: dead.count,
      touched,
    };
    expect({ ...seen, redriven: counts.redriven }, `moment ${moment}`).toEqual(counts);
    // No time has passed: it was the same moment.
    expect(world.clock.now()).toBe(atMs);
    for (const state of STATES) most[state] = Math.max(most[state], counts[state]);
  }
  for (const state of STATES) expect([state, most[state] > 0]).toEqual([state, true]);
});
