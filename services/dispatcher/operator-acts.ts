import type { QueueContext } from '../../queue/context.ts';
import { auditStart, decodeAudit } from '../../queue/core/audit.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';

/** So far behind the newest record others are still looked for: clocks of operators differ, and a record may be written late. */
const BACK_MS = 60_000;

/**
 * Tells of what operators did. Their records sort right before the queue, so that the listing of a sweep meets new ones without a
 * request more. Only the first region looks, so that nothing is told twice; what was done while none of its processes was there is in
 * the audit, and is not told.
 */
export class OperatorActs {
  readonly #context: Pick<QueueContext, 'clock' | 'journal'>;
  readonly #looks: boolean;
  /** Unix ms. What was done before, a process before this one has told. */
  readonly #startedMs: number;
  #newestMs: number;
  readonly #told = new Set<string>();

  constructor(
    context: Pick<QueueContext, 'clock' | 'journal'>,
    settings: { readonly region: string; readonly regions: readonly string[] },
  ) {
    this.#context = context;
    this.#looks = settings.region === settings.regions[0];
    this.#startedMs = context.clock.now();
    this.#newestMs = this.#startedMs;
  }

  /** Where a listing of the queue starts. */
  get startOffset(): string {
    return this.#looks ? auditStart(this.#newestMs - BACK_MS) : PREFIX.control;
  }

  /** Takes in a page of a listing; what is no record of an act is passed over. */
  read(objects: readonly StoredObject[]): void {
    for (const { name, metadata } of objects) {
      if (!name.startsWith(PREFIX.audit)) break;
      const act = this.#told.has(name) ? undefined : decodeAudit(name, metadata);
      if (!act || act.atMs < this.#startedMs) continue;
      this.#told.add(name);
      // A clock that runs ahead must not hide what others do.
      this.#newestMs = Math.max(this.#newestMs, Math.min(act.atMs, this.#context.clock.now()));
      const { verb, by, target, reason, count } = act;
      this.#context.journal.write('operator.acted', { verb, by, target, reason, count });
    }
    for (const name of this.#told) if (name < this.startOffset) this.#told.delete(name);
  }
}
