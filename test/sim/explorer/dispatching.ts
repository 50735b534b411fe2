import type { RetryPolicy } from '../../../queue/core/backoff.ts';
import type { Candidate } from '../../../queue/core/candidate.ts';
import { fairShare, type LockTimes } from '../../../queue/core/lock.ts';
import { RegionLock } from '../../../queue/region-lock.ts';
import { Deck } from '../../../services/dispatcher/deck.ts';
import { FollowUps } from '../../../services/dispatcher/follow-ups.ts';
import { Guard } from '../../../services/dispatcher/guard.ts';
import { Notifier } from '../../../services/dispatcher/notifier.ts';
import { Runs } from '../../../services/dispatcher/runs.ts';
import { DEFAULT_SETTINGS, type DispatcherSettings } from '../../../services/dispatcher/settings.ts';
import { Sweeper } from '../../../services/dispatcher/sweep.ts';
import { Watch } from '../../../services/dispatcher/watch.ts';
import type { Answer } from '../../../services/rpc/reconciler-port.ts';
import type { Env, Program } from './execution.ts';

export interface Dispatching {
  /** Of the process, unique in its world. */
  readonly name: string;
  readonly region: string;
  readonly regions: readonly string[];
  readonly concurrency: number;
  readonly maxAttempts?: number;
  readonly heartbeatMs?: number;
  readonly lock?: LockTimes;
  /** Runs begin whether or not the lock is still trusted: to break the protocol on purpose. */
  readonly reckless?: boolean;
  /** Orphans that are not recovered yet keep no slot empty: likewise. */
  readonly forgetful?: boolean;
}

/**
 * One round of a dispatcher, from the tick that wakes it to its release of the lock: a thin driver of the real parts, in place of
 * `Dispatcher`, `Survey` and `Shift`, whose timers would make a schedule endless. It differs from them in that it ends as soon as
 * it is idle, the next round being that of a fresh instance; takes a waiting key whatever its time, since clocks may pass as they
 * like; and does not ask the holder of its lock for a handover.
 */
export function dispatching(options: Dispatching): Program {
  return async (env) => {
    const { context } = env;
    const settings = settingsOf(options);
    const notifier = new Notifier(context.clock);
    const changed = () => notifier.notify();
    const deck = new Deck(settings.candidates);
    const lock = new RegionLock(context, settings.region, options.name, settings.lock);
    const sweeper = new Sweeper(context, settings);
    const guard = new Guard({ context, settings, deck, publishFailure: async () => {}, changed });
    const trusted = () => lock.holds;
    const runs: Runs = new Runs({
      context,
      settings,
      reconciler: {
        process: ({ key, attempt, priority, signal }) => {
          const lease = runs.leases().get(key) as string;
          const call = { op: 'process', key, attempt, priority, lease } as const;
          env.tell({ kind: 'began', call, trusted: trusted() });
          return env.process(call, signal) as Promise<Answer>;
        },
        close() {},
      },
      deck,
      followUps: new FollowUps({ context, settings, deck, publish: async () => {}, changed }),
      publishFailure: async () => {},
      survivors: () => (options.forgetful ? 0 : guard.survivors),
      share: fairShare(settings.concurrency, settings.regions, settings.region),
      changed,
    });

    const waiting: Candidate[] = [];
    await sweeper.sweep('all', (page) => {
      waiting.push(...page.waiting);
      runs.deadLetters = new Map([...runs.deadLetters, ...page.deadLetters]);
    });
    const acquired = await lock.acquire();
    if (acquired.kind !== 'held') return;
    const generation = lock.generation as string;
    const watch = new Watch({ context, settings, lock, generation, runs, guard, sweeper, changed });
    env.trust(() => (watch.signal.aborted || !trusted() ? 0 : context.clock.now() + lock.remainingMs));
    for (const candidate of waiting) deck.offer({ ...candidate, dueMs: 0 }, context.clock.now());
    await tend({ env, watch, runs, deck, notifier, reckless: options.reckless ?? false });
    if (watch.holds() && deck.busy === 0) await lock.release();
    watch.end();
  };
}

/** The loop of a tenure, as `Shift`: until it is idle, or the lock is lost. */
async function tend(parts: {
  env: Env;
  watch: Watch;
  runs: Runs;
  deck: Deck;
  notifier: Notifier;
  reckless: boolean;
}): Promise<void> {
  const { env, watch, runs, deck, notifier } = parts;
  const tenure = parts.reckless ? { owner: watch.owner, signal: watch.signal, holds: () => true } : watch;
  let failed = false;
  watch.prepare().catch(() => {
    failed = true;
    notifier.notify();
  });
  while (tenure.holds() && !failed) {
    watch.watchIfDue();
    if (watch.prepared) runs.open(tenure);
    runs.pump();
    // A region without a share, which the configuration refuses, has nothing to wait for.
    const idle = deck.busy === 0 && (runs.share === 0 || !deck.waiting.peek(env.context.clock.now()));
    if (watch.prepared && idle) break;
    await notifier.wait(watch.holds() ? Math.max(1, watch.dueInMs()) : Number.POSITIVE_INFINITY);
  }
  runs.shut();
  if (!tenure.holds()) watch.lose();
  // What is being settled goes on to its end, in ignorance or not.
  while (deck.busy > 0) await notifier.wait(Number.POSITIVE_INFINITY);
}

function settingsOf(options: Dispatching): DispatcherSettings {
  const { region, regions, concurrency, maxAttempts = 0 } = options;
  const retry: RetryPolicy = { maxAttempts, backoffMs: 0, backoffMaxMs: 0 };
  return {
    ...DEFAULT_SETTINGS,
    queue: 'explored',
    region,
    regions,
    concurrency,
    retry,
    heartbeatMs: options.heartbeatMs ?? DEFAULT_SETTINGS.heartbeatMs,
    lock: options.lock ?? DEFAULT_SETTINGS.lock,
  };
}
