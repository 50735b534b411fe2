import type { QueueContext } from '../../queue/context.ts';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import { hintMessage, type HintMessage } from '../../queue/core/hint.ts';
import { preferredRegion } from '../../queue/core/preference.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { sleep } from '../../queue/ports/clock.ts';
import type { Deck } from './deck.ts';

/** Between two tries while the bucket does not take a key. */
const AGAIN_MS = 1_000;
/** Keys of one answer that are queued at once. */
const AT_ONCE = 20;

/** Publishes on the hint topic. Never throws: a lost hint costs a wait for the next sweep. */
export type PublishHint = (message: HintMessage) => Promise<void>;

/** Queues the keys that a reconciler asked for. */
export class FollowUps {
  readonly #context: QueueContext;
  readonly #regions: readonly string[];
  readonly #region: string;
  readonly #deck: Deck;
  readonly #publish: PublishHint;
  readonly #changed: () => void;

  constructor(parts: {
    context: QueueContext;
    settings: { readonly region: string; readonly regions: readonly string[] };
    deck: Deck;
    publish: PublishHint;
    /** Called for each key that can be started here. */
    changed: () => void;
  }) {
    this.#context = parts.context;
    this.#region = parts.settings.region;
    this.#regions = parts.settings.regions;
    this.#deck = parts.deck;
    this.#publish = parts.publish;
    this.#changed = parts.changed;
  }

  /**
   * Queues all keys, waiting out a bucket that is down: the key that asked for them is settled only afterwards. False: `signal`
   * aborted before all were queued.
   */
  async queue(keys: readonly Enqueue[], signal: AbortSignal): Promise<boolean> {
    const left = [...keys];
    let queued = 0;
    const worker = async () => {
      for (let wish = left.shift(); wish; wish = left.shift()) {
        while (!(await this.#queueOne(wish))) {
          if (signal.aborted) return;
          await sleep(this.#context.clock, AGAIN_MS, signal);
        }
        queued++;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, worker));
    return queued === keys.length;
  }

  async #queueOne(wish: Enqueue): Promise<boolean> {
    const { journal } = this.#context;
    try {
      const { kind, object } = await enqueue(this.#context, wish);
      journal.write(`key.${kind}`, { key: wish.key, priority: wish.priority, delaySeconds: wish.delaySeconds });
      if (kind === 'deduplicated') return true;
      const preferred = preferredRegion(wish.key, this.#regions);
      if (preferred === this.#region) {
        this.#deck.offerReturned(this.#context, wish.key, object);
        this.#changed();
      } else {
        // Nobody waits for a topic that hangs: the hint is advisory.
        void this.#publish(hintMessage({ key: wish.key, ...object }, preferred));
      }
      return true;
    } catch (error) {
      journal.write('store.failed', { operation: 'enqueue', key: wish.key, error: String(error) });
      return false;
    }
  }
}
