import { sleep } from '../../queue/ports/clock.ts';
import { openQueue } from '../../services/rpc/client.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { Dice } from '../sim/dice.ts';
import type { Acknowledged } from './evidence.ts';
import type { Plan } from './plan.ts';

export interface Load {
  readonly acknowledged: readonly Acknowledged[];
  /** Calls that were not: nothing is known of them. */
  readonly refused: number;
}

/** Enqueues from many sides, through the client and through the HTTP door, until the signal aborts. Waits for the last answers. */
export async function enqueueUntil(
  signal: AbortSignal,
  plan: Plan,
  at: { readonly receiver: string; readonly door: string },
): Promise<Load> {
  const acknowledged: Acknowledged[] = [];
  let refused = 0;
  const queue = openQueue({ address: at.receiver });

  const write = async (dice: Dice) => {
    while (!signal.aborted) {
      // Few keys get most of the calls.
      const key = `k${dice.spread(1, plan.keys)}`;
      const calledMs = systemClock.now();
      const delay = dice.chance(0.1) ? dice.between(1, 3) * 1000 : 0;
      try {
        if (dice.chance(0.2)) await post(at.door, key);
        else await queue.enqueue(key, { priority: dice.between(0, 3), delay });
        acknowledged.push({ key, calledMs });
      } catch {
        refused++;
      }
      await sleep(systemClock, dice.spread(10, 800), signal);
    }
  };
  await Promise.all(Array.from({ length: plan.writers }, (_, index) => write(new Dice(plan.seed * 1000 + index))));
  queue.close();
  return { acknowledged, refused };
}

async function post(door: string, subject: string): Promise<void> {
  const answer = await fetch(`${door}/`, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/chaos',
      'ce-type': 'chaos.touched',
      'ce-subject': subject,
    },
    signal: AbortSignal.timeout(30_000),
  });
  if (answer.status !== 202) throw new Error(`the door answered ${answer.status}`);
}
