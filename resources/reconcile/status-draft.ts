import { type ConditionClaim, withCondition } from '../core/conditions.ts';
import type { Kind, ResourceOf, StatusOf } from '../core/kind.ts';
import { isRecord, mergePatch, mergePatchBetween } from '../core/merge-patch.ts';
import type { Resource } from '../core/resource.ts';
import { ResourceError } from '../errors.ts';
import type { ResourceStore } from '../store.ts';
import { plain } from '../stored.ts';

/** The status of one run: changed freely, written where it differs. */
export class StatusDraft<K extends Kind> {
  readonly status: StatusOf<K>;
  readonly #store: ResourceStore;
  readonly #resource: ResourceOf<K>;
  /** As this run read or wrote it last. */
  #known: Resource;
  /** What the store is known to hold. */
  #written: StatusOf<K>;
  #changed = false;

  constructor(store: ResourceStore, resource: ResourceOf<K>) {
    this.#store = store;
    this.#resource = resource;
    this.#known = resource;
    this.status = plain(resource.status);
    this.#written = plain(resource.status);
  }

  /** Whether anything was written. */
  get changed(): boolean {
    return this.#changed;
  }

  /** The run has seen the whole resource anew. */
  knows(resource: Resource): void {
    this.#known = resource;
  }

  say(claim: Omit<ConditionClaim, 'observedGeneration'>, now: string): void {
    const observed = { ...claim, observedGeneration: this.#resource.metadata.generation };
    const { conditions } = this.status;
    const after = withCondition(conditions, observed, now);
    if (after !== conditions && after.length > 0) this.#set({ conditions: after });
  }

  /** From now on the status speaks of the spec that this run saw. */
  observe(): void {
    this.#set({ observedGeneration: this.#resource.metadata.generation });
  }

  /**
   * Writes what differs, and only that, into the status as it is by now. A resource that went meanwhile needs no status. Throws
   * `Invalid` where the draft is not what the kind's schema says.
   */
  async write(): Promise<void> {
    const patch = mergePatchBetween(record(this.#written), record(plain(this.status)));
    if (!patch) return;
    const { kind, metadata } = this.#resource;
    try {
      const of = this.#store.kinds.byName(kind) as K;
      const change = (current: object) => mergePatch(current, patch) as object;
      this.#known = await this.#store.updateStatus(of, metadata.uid, change, { known: this.#known });
      this.#changed = true;
      this.#written = plain(this.status);
    } catch (error) {
      if (!(error instanceof ResourceError) || error.kind !== 'NotFound') throw error;
    }
  }

  /** Forgets what was drafted but cannot be written. */
  reset(): void {
    for (const name of Object.keys(this.status)) Reflect.deleteProperty(this.status, name);
    Object.assign(this.status as object, plain(this.#written));
  }

  #set(fields: Partial<StatusOf<Kind>>): void {
    Object.assign(this.status as object, fields);
  }
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
