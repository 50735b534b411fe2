import type { HintMessage } from '../../queue/core/hint.ts';

/** The hint topic, to who writes to it. */
export interface HintPublisher {
  /** Resolves when the topic has taken the message; rejects when it has not, or may not have. */
  publish(message: HintMessage): Promise<void>;
}
