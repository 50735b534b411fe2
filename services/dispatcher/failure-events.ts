import type { EventName } from '../../catalogue/events.ts';
import type { SettledEvent } from './describe-settled.ts';

/** A failure that someone may want to react to. */
export interface FailureEvent {
  readonly key: string;
  readonly error: string;
  /** Attempts spent, this one counted. */
  readonly attempts: number;
  /** What was done about it: `retry`, or a dead letter because the attempts are `exhausted` or the key was `rejected`. */
  readonly action: 'retry' | 'exhausted' | 'rejected';
  /** Until the key is called again, where it is. */
  readonly retryAfterMs?: number | undefined;
  /** Since the enqueue that opened the story of the key. */
  readonly ageMs?: number | undefined;
}

/** Publishes failures. Never rejects: they are told of at most once. */
export type PublishFailure = (failure: FailureEvent) => Promise<void>;

const ACTIONS: Partial<Record<EventName, FailureEvent['action']>> = {
  'key.failed': 'retry',
  'key.exhausted': 'exhausted',
  'key.rejected': 'rejected',
};

/** The failure in the end of a run, if it is one. */
export function failureIn({ event, fields }: SettledEvent): FailureEvent | undefined {
  const action = ACTIONS[event];
  if (!action) return undefined;
  const { key, error = '', attempt, delayMs: retryAfterMs, ageMs } = fields;
  return { key, error, attempts: attempt, action, retryAfterMs, ageMs };
}

/** Type of the CloudEvent that tells of a failure. */
export const FAILURE_TYPE = 'dev.levelset.key.failed';

/**
 * A failure as a CloudEvent in a Pub/Sub message, binary mode: the attributes are the context, the data is JSON
 * (CloudEvents, Google Cloud Pub/Sub Protocol Binding 1.0).
 */
export function failureMessage(
  failure: FailureEvent,
  context: { readonly id: string; readonly source: string; readonly timeMs: number },
): { readonly attributes: Readonly<Record<string, string>>; readonly data: string } {
  return {
    attributes: {
      'ce-specversion': '1.0',
      'ce-id': context.id,
      'ce-type': FAILURE_TYPE,
      'ce-source': context.source,
      'ce-subject': failure.key,
      'ce-time': new Date(context.timeMs).toISOString(),
      'content-type': 'application/json',
    },
    data: JSON.stringify(failure),
  };
}

/** Publishes failures behind the runs. What is still on its way is waited for before the process may lose its CPU. */
export class FailurePublisher {
  readonly #publish: PublishFailure;
  readonly #underWay = new Set<Promise<void>>();

  constructor(publish: PublishFailure) {
    this.#publish = publish;
  }

  readonly publish: PublishFailure = (failure) => {
    const published = this.#publish(failure).finally(() => this.#underWay.delete(published));
    this.#underWay.add(published);
    return published;
  };

  /** Resolves when all that were published before are out, or have failed. */
  async flush(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
