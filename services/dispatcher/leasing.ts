import type { QueueContext } from '../../queue/context.ts';
import { asCandidate, type Candidate } from '../../queue/core/candidate.ts';
import { afterLease, CLEAR } from '../../queue/core/congestion.ts';
import { queuedName } from '../../queue/core/layout.ts';
import { measured } from '../../queue/core/pace.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import { readEntry } from '../../queue/read-entry.ts';
import { type Lease, start } from '../../queue/start.ts';
import type { Deck } from './deck.ts';
import type { Tenure } from './tenure.ts';

/** Leases lost in a row after which a key is left to the next sweep: another region runs it. */
const MOST_LOST = 5;
/** Before a key that could not be leased is tried again. */
const AGAIN_MS = 1_000;

/** Leases candidates, and puts back in their place those it could not lease. */
export class Leasing {
  /** Leases being fetched. */
  underWay = 0;
  /** Moving average of how long a lease takes, in ms; `undefined` until one was had. */
  averageMs: number | undefined;
  #congestion = CLEAR;
  readonly #context: QueueContext;
  readonly #deck: Deck;

  constructor(context: QueueContext, deck: Deck) {
    this.#context = context;
    this.#deck = deck;
  }

  /** Whether the bucket takes another lease now. */
  mayLease(nowMs: number): boolean {
    return this.underWay < this.#congestion.window && nowMs >= this.#congestion.restUntilMs;
  }

  /** Monotonic ms until which the bucket is left alone. */
  get restUntilMs(): number {
    return this.#congestion.restUntilMs;
  }

  /** One try. `undefined`: the key is another's, or gone, or waits its turn again. */
  async lease(candidate: Candidate, tenure: Tenure): Promise<Lease | undefined> {
    const { clock, journal } = this.#context;
    const beganMs = clock.monotonic();
    this.underWay++;
    try {
      const started = await start(this.#context, candidate, tenure.owner, tenure.signal);
      const refused = started.kind === 'throttled' || started.kind === 'abandoned';
      if (refused || started.kind === 'leased') {
        this.#congestion = afterLease(this.#congestion, !refused, this.underWay, clock.monotonic());
      }
      if (started.kind === 'leased' && !tenure.signal.aborted) {
        this.averageMs = measured(this.averageMs, clock.monotonic() - beganMs);
        return started.lease;
      }
      const gone = started.kind === 'lost' || started.kind === 'missing';
      // Its own region was faster, as it will have been with the others of the same sweep: the next one tells which are left.
      if (gone && !candidate.preferred) this.#deck.waiting.forgetForeign();
      else if (started.kind === 'lost') await this.#lookAgain(candidate);
      // That the bucket takes no more says nothing of the key.
      if (started.kind === 'throttled') this.#putOff(candidate, AGAIN_MS, candidate.lost);
    } catch (error) {
      // Refused outright, for want of permission say. What was written meanwhile is found as an orphan.
      journal.write('store.failed', { operation: 'start', key: candidate.key, error: String(error) });
      this.#putOff(candidate, AGAIN_MS);
    } finally {
      this.underWay--;
    }
    return undefined;
  }

  /** A lease was lost: the hint may be older than the entry, or another region holds the key. One read tells. */
  async #lookAgain(candidate: Candidate): Promise<void> {
    if (candidate.lost >= MOST_LOST) return;
    const object: StoredObject | undefined = await this.#context.store.get(queuedName(candidate.key));
    if (!object) return;
    const same = object.generation === candidate.generation && object.metageneration === candidate.metageneration;
    if (same) return this.#putOff(candidate, AGAIN_MS * 2 ** candidate.lost);
    const entry = readEntry(this.#context, object);
    const fresh = asCandidate({ key: candidate.key, object, entry, preferred: true });
    this.#deck.offer({ ...fresh, lost: candidate.lost + 1 }, this.#context.clock.now());
  }

  #putOff(candidate: Candidate, delayMs: number, lost = candidate.lost + 1): void {
    if (lost > MOST_LOST) return;
    const nowMs = this.#context.clock.now();
    this.#deck.offer({ ...candidate, dueMs: nowMs + delayMs, lost }, nowMs);
  }
}
