import type { Outcome } from '../../queue/core/outcome.ts';
import type { Key } from '../../queue/core/key.ts';
import type { Answer, Call, ReconcilerCaller } from '../../services/rpc/reconciler-port.ts';
import type { Instance } from './instance.ts';
import { answer, begin, close } from './laws-of-runs.ts';
import type { RunRecord } from './ledger.ts';
import { CRASH, overTheWire } from './wire.ts';
import type { World } from './world.ts';

/** A reconciler that answers everything possible, by seed; once calm, it does its work. */
export class SimReconciler {
  readonly #world: World;
  /** Nobody reaches it. */
  down = false;
  #calm = false;

  constructor(world: World) {
    this.#world = world;
  }

  calm(): void {
    this.down = false;
    this.#calm = true;
  }

  /** As an instance of the dispatcher calls it. */
  callerFor(instance: Instance): ReconcilerCaller {
    return { process: (call) => this.#process(call, instance), close() {} };
  }

  #process(call: Call, instance: Instance): Promise<Answer> {
    const { clock, weather, ledger } = this.#world;
    const { machine } = instance;
    const run: RunRecord = begin(ledger, call, machine.name, () => instance.awake);
    return new Promise((resolve) => {
      const tell = (outcome: Outcome) => {
        if (run.outcome || call.signal.aborted) return;
        answer(ledger, run, outcome);
        machine.process.clock.after(weather.wayMs(), () => resolve(overTheWire(outcome)));
      };
      call.signal.addEventListener('abort', () => {
        this.#world.trace.note(machine.name, 'cancels', call.key, String(call.signal.reason));
        close(ledger, run);
        resolve({ outcome: { kind: 'interrupted', delayMs: 0 }, started: true });
      });
      const tookMs = this.#durationMs(call);
      if (this.down) clock.after(weather.wayMs(), () => tell({ kind: 'unreachable', error: 'nobody there' }));
      else if (tookMs !== undefined) clock.after(tookMs, () => tell(this.#outcome(call)));
    });
  }

  /** How long a run takes; `undefined`: until it is cancelled. */
  #durationMs(call: Call): number | undefined {
    const { dice, plan } = this.#world;
    const slow = plan.slowRuns;
    const kind = this.#calm ? 'quick' : dice.weigh({ quick: 1 - slow, slow, hanging: 0.02 });
    switch (kind) {
      case 'quick':
        return dice.spread(1, 2_000);
      case 'slow':
        return dice.spread(2_000, 1.2 * call.deadlineMs);
      case 'hanging':
        return undefined;
      default:
        return kind satisfies never;
    }
  }

  #outcome(call: Call): Outcome {
    const { dice, plan } = this.#world;
    const poisonous = call.key.endsWith('!');
    if (this.#calm) {
      const dies = poisonous && plan.settings.retry.maxAttempts > 0;
      return dies ? { kind: 'failed', error: 'poison' } : { kind: 'done' };
    }
    if (poisonous && dice.chance(0.9)) return { kind: 'failed', error: 'poison' };
    const kind = dice.weigh({
      done: 60,
      requeue: 12,
      enqueue: 8,
      failed: 12,
      rejected: 2,
      interrupted: 4,
      unreachable: 2,
    });
    switch (kind) {
      case 'requeue':
        // The wire has no requeue after nothing: that is done.
        return { kind, delayMs: 1_000 * (dice.chance(0.3) ? 1 : dice.spread(1, 900)), floor: dice.chance(0.4) };
      case 'enqueue': {
        const keys = Array.from({ length: dice.between(0, 3) }, () => ({
          key: keyNamed(dice.between(0, plan.keys - 1)),
          priority: dice.between(0, 3),
          delaySeconds: dice.chance(0.7) ? 0 : dice.spread(1, 300),
        }));
        return dice.chance(0.5) ? { kind, keys } : { kind, keys, requeueMs: 1_000 * dice.between(1, 60) };
      }
      case 'failed':
        return { kind, error: dice.chance(0.3) ? CRASH : 'failed on purpose' };
      case 'unreachable':
        return { kind, error: 'unreachable on purpose' };
      case 'rejected':
        return { kind, reason: 'rejected on purpose' };
      case 'interrupted':
        return { kind, delayMs: dice.between(15_000, 45_000) };
      case 'done':
        return { kind };
      default:
        return kind satisfies never;
    }
  }
}

/** The key of a number. One in twelve is poison. */
export function keyNamed(index: number): Key {
  return `k${index}${index % 12 === 7 ? '!' : ''}` as Key;
}
