/** `levelset/resources/testing`: a control plane in memory, on a clock that you move. */
import { Bucket } from '../queue/stores/bucket.ts';
import type { Clock } from '../queue/ports/clock.ts';
import { seededRandom } from '../services/testing/seeded-random.ts';
import { TestQueue, type TestQueueOptions } from '../services/testing/test-queue.ts';
import { type Kind, kindSet } from './core/kind.ts';
import { DEFAULT_EVENT_NAMES, type EventNames, type ResourceEvent } from './events/cloud-events.ts';
import { publishChanges, type Publishing } from './events/publisher.ts';
import { keysAfter } from './keys-after.ts';
import type { Documents } from './ports/documents.ts';
import type { KindReconciler } from './reconcile/definition.ts';
import { resourceReconciler, type ResourceReconcilerOptions } from './reconcile/router.ts';
import { ResourceStore } from './store.ts';
import { memoryDocuments } from './stores/memory-documents.ts';

export interface TestResourcesOptions
  extends TestQueueOptions, Pick<ResourceReconcilerOptions, 'errors' | 'progressDeadlineMs'> {
  readonly kinds: readonly Kind[];
  readonly reconcilers: readonly KindReconciler[];
  readonly eventNames?: EventNames;
  /** Wraps the documents that reconcilers see, to count, to delay, or to fail. */
  readonly wrap?: (documents: Documents) => Documents;
  /** Told before each run. */
  readonly onRun?: (key: string) => void;
}

/** The real store, the real reconcilers and the real dispatcher; only the bucket, the wire and the time are not. */
export class TestResources implements AsyncDisposable {
  readonly queue: TestQueue;
  /** As the API has it: what is written through it is queued. */
  readonly store: ResourceStore;
  /** All events so far. */
  readonly events: ResourceEvent[] = [];
  readonly bucket: Bucket;

  constructor(options: TestResourcesOptions) {
    const { kinds, reconcilers, eventNames = DEFAULT_EVENT_NAMES, wrap = (same: Documents) => same } = options;
    // The queue makes the clock, and takes the reconciler that needs it.
    const clock: Clock = {
      now: () => this.queue.clock.now(),
      monotonic: () => this.queue.clock.monotonic(),
      after: (delayMs, task) => this.queue.clock.after(delayMs, task),
      soon: (task) => this.queue.clock.soon(task),
    };
    const random = seededRandom(options.seed ?? 1);
    this.bucket = new Bucket({ clock });
    const publishing: Publishing = {
      publisher: { publish: async (event) => void this.events.push(event) },
      names: eventNames,
      clock,
      random,
      onFailure: () => {},
    };
    const publish = publishChanges(publishing);
    const base = { kinds: kindSet(kinds), clock, random };
    const documents = memoryDocuments(this.bucket);
    const reconciled = new ResourceStore({ ...base, documents: wrap(documents), onChange: publish });
    const { handler } = resourceReconciler({ ...options, store: reconciled, publishing, reconcilers });
    this.queue = new TestQueue(
      {
        handler: (context) => {
          options.onRun?.(context.key);
          return handler(context);
        },
      },
      options,
    );
    this.store = new ResourceStore({
      ...base,
      documents,
      onChange: async (change) => {
        await publish(change);
        for (const key of keysAfter(change)) await this.queue.enqueue(key);
      },
    });
  }

  /** Names of all objects, sorted. */
  names(prefix = ''): string[] {
    return [...this.bucket.objects()]
      .map(({ name }) => name)
      .filter((name) => name.startsWith(prefix))
      .sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.queue[Symbol.asyncDispose]();
  }
}
