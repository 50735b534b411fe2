import type { Clock } from '../queue/ports/clock.ts';
import type { QueueContext } from '../queue/context.ts';
import type { HintMessage } from '../queue/core/hint.ts';

/** Which queue is meant, and how it is reached. */
export interface TargetSettings {
  /** As operators call it. */
  readonly queue: string;
  readonly bucket: string;
  readonly project?: string | undefined;
  /** The hint topic; without one, what is queued waits for a sweep. */
  readonly topic?: string | undefined;
  /** In the order that every dispatcher of the queue has. */
  readonly regions: readonly string[];
  /** Instead of Cloud Storage: an emulator. */
  readonly storageEndpoint?: string | undefined;
  /** `host:port` of a Pub/Sub emulator. */
  readonly pubsubHost?: string | undefined;
  /** Keys that may run at once, where it is known. */
  readonly concurrency?: number | undefined;
  /** A stack on this machine, where nobody has to give reasons. */
  readonly local: boolean;
  /** Where these settings come from, in words. */
  readonly source: string;
}

/** What can be learnt of the bucket besides its objects; what cannot, is absent. */
export interface BucketFacts {
  readonly versioning?: boolean | undefined;
  readonly softDeleteSeconds?: number | undefined;
  readonly retentionSeconds?: number | undefined;
  readonly location?: string | undefined;
  /** Rules that delete or move objects by themselves. */
  readonly lifecycleRules?: number | undefined;
  /** Permissions of whoever asks, of those that operators need, that are missing. */
  readonly missingPermissions?: readonly string[] | undefined;
}

export interface TopicFacts {
  readonly exists: boolean;
  readonly subscriptions: readonly { readonly name: string; readonly filter: string; readonly endpoint: string }[];
}

/** A queue, opened. */
export interface Target extends AsyncDisposable {
  readonly settings: TargetSettings;
  readonly context: QueueContext;
  /** Publishes to the hint topic; rejects when it does not take the message. Absent where no topic is known. */
  readonly publish?: ((message: HintMessage) => Promise<void>) | undefined;
  /** For `doctor`. Each throws where it cannot be told. */
  readonly facts: {
    readonly bucket: () => Promise<BucketFacts>;
    readonly topic: () => Promise<TopicFacts>;
    /** When the store says that an object was made, in unix ms by its own clock. */
    readonly madeMs: (name: string) => Promise<number | undefined>;
  };
}

export interface OpenTargetOptions {
  readonly clock: Clock;
  /** How long a read is tried before it is given up. */
  readonly timeoutMs: number;
  readonly complain: (problem: string) => void;
}

/** `queue demo (gs://demo, local stack)`: so that nobody takes one queue for another. */
export function describeTarget({ queue, bucket, storageEndpoint, source }: TargetSettings): string {
  const where = storageEndpoint === undefined ? `gs://${bucket}` : `${storageEndpoint}/${bucket}`;
  return `queue ${queue} (${where}, ${source})`;
}
