import { type Answer, done, requeueAfter, type Wish } from '../../services/reconciler/answer.ts';
import type { HandlerContext } from '../../services/reconciler/reconciler.ts';
import { nowOf } from '../context.ts';
import { findCondition } from '../core/conditions.ts';
import { keyOf } from '../core/key.ts';
import type { Kind, ResourceOf } from '../core/kind.ts';
import { check } from '../core/problems.ts';
import { isDeleting, type Resource } from '../core/resource.ts';
import { ResourceError } from '../errors.ts';
import { customEvent } from '../events/cloud-events.ts';
import { type Publishing, publishSafely, stampOf } from '../events/publisher.ts';
import { keysAfter } from '../keys-after.ts';
import { ResourceStore } from '../store.ts';
import { withKeys } from './answers.ts';
import { Children } from './children.ts';
import { CLEANUP, deletionPass } from './deletion.ts';
import type { KindReconciler, ReconcileContext } from './definition.ts';
import { classify, type ErrorTable, retryAfterMs } from './error-table.ts';
import { StatusDraft } from './status-draft.ts';

export interface RunOptions {
  readonly store: ResourceStore;
  readonly publishing: Publishing;
  readonly errors: ErrorTable;
  /** How long a transient error is waited out before it counts as a failure. Milliseconds. */
  readonly progressDeadlineMs: number;
  readonly finalizersOf: (kind: Kind) => readonly string[];
}

/** Owners look at most once a second: many children that say something within it bring one look. */
const OWNER_LOOKS_IN = '1s';

/** One look at one resource. Resolves to the answer for its key; throws what is to count as a failure. */
export async function runResource(
  options: RunOptions,
  reconciler: KindReconciler,
  uid: string,
  handler: HandlerContext,
): Promise<Answer> {
  const { kind } = reconciler;
  const resource = await options.store.find(kind, uid);
  // Deleted since it was queued: its owner has been told by whoever deleted it.
  if (!resource) return done();
  return new Run(options, reconciler, resource, handler).run();
}

class Run {
  readonly #options: RunOptions;
  readonly #reconciler: KindReconciler;
  readonly #handler: HandlerContext;
  readonly #store: ResourceStore;
  /** What this run changed, or found in need of a look. */
  readonly #keys = new Map<string, Wish>();
  /** Those that it has, as they were when the run began. */
  #owners: readonly Resource[] = [];
  #resource: Resource;
  #draft: StatusDraft<Kind>;

  constructor(options: RunOptions, reconciler: KindReconciler, resource: Resource, handler: HandlerContext) {
    this.#options = options;
    this.#reconciler = reconciler;
    this.#handler = handler;
    this.#resource = resource;
    const { context } = options.store;
    this.#store = new ResourceStore({
      ...context,
      onChange: async (change) => {
        for (const key of keysAfter(change)) if (key !== handler.key) this.#keys.set(key, key);
        await context.onChange(change);
      },
    });
    this.#draft = new StatusDraft(this.#store, resource);
  }

  async run(): Promise<Answer> {
    let answer: Answer;
    try {
      answer = await this.#look();
      await this.#draft.write();
    } catch (error) {
      answer = await this.#answerTo(error);
    }
    if (this.#draft.changed && this.#reconciler.tellsOwner(this.#resource, this.#draft.status)) this.#tellOwners();
    return withKeys(answer, [...this.#keys.values()]);
  }

  async #look(): Promise<Answer> {
    const reconciler = this.#reconciler;
    const { kind } = reconciler;
    const { uid } = this.#resource.metadata;
    if (!isDeleting(this.#resource) && (await this.#isOrphan())) {
      this.#handler.log.info('its owner is gone: it goes too');
      if ((await this.#store.delete(kind, uid)) === 'gone') return done();
      this.#resource = await this.#store.get(kind, uid);
      this.#draft.knows(this.#resource);
    }
    if (isDeleting(this.#resource)) {
      this.#say('False', 'Deleting', 'it is being deleted');
      await this.#draft.write();
      const { signal } = this.#handler;
      const clean = async () => reconciler.finalize?.(this.#context()) ?? 'gone';
      return deletionPass(this.#store, kind, this.#resource, { finalize: clean, signal });
    }
    const spec = check(kind.specSchema, this.#resource.spec);
    if (!spec.ok) throw new ResourceError('Invalid', spec.problems.join('; '), spec.problems);
    await this.#takeCareOfDeletion();
    const answer = await reconciler.reconcile(this.#context());
    this.#draft.observe();
    this.#clearOwnComplaint();
    return answer;
  }

  /** Owners may be of kinds that this process does not know; those count as there. */
  async #isOrphan(): Promise<boolean> {
    for (const { kind: name, uid } of this.#resource.metadata.ownerReferences ?? []) {
      const kind = this.#store.kinds.byName(name);
      if (!kind) continue;
      const owner = await this.#store.find(kind, uid);
      if (!owner) return true;
      this.#owners = [...this.#owners, owner];
    }
    return false;
  }

  /** Before anything is made that has to be cleaned up. */
  async #takeCareOfDeletion(): Promise<void> {
    const { kind } = this.#reconciler;
    const { uid, finalizers = [] } = this.#resource.metadata;
    const missing = this.#options.finalizersOf(kind).filter((each) => !finalizers.includes(each));
    if (missing.length === 0) return;
    const updated = await this.#store.update(kind, uid, (current) => {
      if (isDeleting(current)) throw new ResourceError('Conflict', 'it has just been deleted');
      return { finalizers: [...new Set([...(current.metadata.finalizers ?? []), CLEANUP])] };
    });
    this.#draft.knows(updated);
    const { generation } = this.#resource.metadata;
    this.#resource = { ...this.#resource, metadata: { ...updated.metadata, generation } };
  }

  #context(): ReconcileContext<Kind> {
    const { publishing, finalizersOf } = this.#options;
    const { key, attempt, signal, log } = this.#handler;
    const { clock } = this.#store.context;
    const resource = this.#resource;
    return {
      resource,
      status: this.#draft.status,
      condition: (claim) => this.#draft.say(claim, nowOf({ clock })),
      saveStatus: () => this.#draft.write(),
      children: new Children({
        parent: resource,
        store: this.#store,
        signal,
        finalizersOf,
        onUnsettled: ({ kind, metadata }) => this.#queue(keyOf(kind, metadata.uid)),
      }),
      owner: ({ name }) => this.#owners.find((owner): owner is ResourceOf<Kind> => owner.kind === name),
      store: this.#store,
      emit: async (type, data = {}) => {
        await publishSafely(publishing, customEvent(publishing.names, stampOf(publishing), resource, type, data));
      },
      queue: ({ name }, uid) => this.#queue(keyOf(name, uid)),
      requeueNow: () => withKeys(done(), [key]),
      now: () => clock.now(),
      key,
      attempt,
      signal,
      log,
    };
  }

  /** What the error table says. Whatever was found out before the error is kept, unless it is the draft that is wrong. */
  async #answerTo(error: unknown): Promise<Answer> {
    const { errors, progressDeadlineMs } = this.#options;
    const { signal, log } = this.#handler;
    const { clock, random } = this.#store.context;
    const found = classify(error, signal.aborted);
    const rule = errors[found];
    if (found === 'ended') throw error;
    const said = error instanceof Error ? error.message : String(error);
    if (rule.ready) {
      this.#say(rule.ready.status, rule.ready.reason, said);
      await this.#draft.write().catch(async (broken: unknown) => {
        log.error('the status could not be written', { error: broken });
        this.#draft.reset();
        this.#say('False', 'ReconcileError', broken instanceof Error ? broken.message : String(broken));
        await this.#draft.write();
      });
    }
    if (rule.again === 'throw' || (found === 'transient' && this.#isOverdue(progressDeadlineMs))) throw error;
    const { delayMs, jitterMs } = rule.again;
    log.warn('the resource is looked at again after an error', { class: found, error: said });
    return requeueAfter(retryAfterMs(error, clock.now()) ?? Math.round(delayMs + jitterMs * random.unit()));
  }

  /** Kept in the status, not in attempts: waiting spends none. */
  #isOverdue(deadlineMs: number): boolean {
    const ready = findCondition(this.#draft.status.conditions, 'Ready');
    if (ready?.status !== 'Unknown') return false;
    return this.#store.context.clock.now() - Date.parse(ready.lastTransitionTime) > deadlineMs;
  }

  /** A run that went well takes back what the error table said of an earlier one, unless the reconciler speaks for itself. */
  #clearOwnComplaint(): void {
    const ready = findCondition(this.#draft.status.conditions, 'Ready');
    const reasons = Object.values(this.#options.errors).map(({ ready: said }) => said?.reason);
    if (ready?.reason !== undefined && reasons.includes(ready.reason)) this.#say('True', 'Reconciled', '');
  }

  #say(status: 'True' | 'False' | 'Unknown', reason: string, message: string): void {
    const claim = { type: 'Ready', status, reason, ...(message !== '' && { message }) };
    this.#draft.say(claim, nowOf(this.#store.context));
  }

  #queue(key: string): void {
    if (!this.#keys.has(key)) this.#keys.set(key, key);
  }

  #tellOwners(): void {
    for (const { kind, uid } of this.#resource.metadata.ownerReferences ?? []) {
      const key = keyOf(kind, uid);
      if (!this.#keys.has(key)) this.#keys.set(key, { key, delay: OWNER_LOOKS_IN });
    }
  }
}
