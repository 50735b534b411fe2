import type { Clock } from '../../queue/ports/clock.ts';
import { type Answer, answered, refused } from './answer.ts';
import type { Broker } from './broker.ts';
import { type Consumer, wireDelivery } from './delivery.ts';
import type { WireReceivedMessage } from './wire.ts';

export interface WirePullRequest {
  subscription: string;
  returnImmediately: boolean;
  maxMessages: number;
}

export interface WirePullResponse {
  receivedMessages: readonly WireReceivedMessage[];
}

/** The service waits "a bounded amount of time" for a message, which it does not publish. */
const MAX_WAIT_MS = 90_000;

/** Most messages of one answer, whatever the caller asks for; keeps answers below the clients' 20 MiB in ordinary use. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 10_000_000;

/** Answers once: with messages, empty-handed after a wait, or with a refusal. The result stops the wait without an answer. */
export function pull(
  broker: Broker,
  clock: Clock,
  request: WirePullRequest,
  reply: (answer: Answer<WirePullResponse>) => void,
): () => void {
  const found = broker.subscription(request.subscription);
  const refusal = found.ok ? refusalOf(request, found.value.config.push !== undefined) : found;
  if (!found.ok || refusal !== undefined) {
    if (refusal !== undefined) reply(refusal);
    return () => {};
  }
  const subscription = found.value;
  let waiting = true;
  let detach = () => {};
  let cancelTimer = () => {};

  function stop(): void {
    waiting = false;
    detach();
    cancelTimer();
  }

  function finish(answer: Answer<WirePullResponse>): void {
    if (!waiting) return;
    stop();
    reply(answer);
  }

  const consumer: Consumer = {
    room: () => ({ messages: waiting ? Math.min(request.maxMessages, MAX_MESSAGES) : 0, bytes: MAX_BYTES }),
    leaseMs: () => subscription.config.ackDeadlineMs,
    deliver(deliveries) {
      const tellAttempt = subscription.config.deadLetter !== undefined;
      finish(answered({ receivedMessages: deliveries.map((delivery) => wireDelivery(delivery, tellAttempt)) }));
    },
    released() {},
    dismissed: finish,
  };

  detach = subscription.backlog.attach(consumer);
  if (!waiting) detach();
  else if (request.returnImmediately) finish(answered({ receivedMessages: [] }));
  else cancelTimer = clock.after(MAX_WAIT_MS, () => finish(answered({ receivedMessages: [] })));
  return stop;
}

function refusalOf({ maxMessages }: WirePullRequest, pushes: boolean) {
  if (maxMessages <= 0) return refused('INVALID_ARGUMENT', `max_messages must be positive: got=${maxMessages}`);
  if (pushes) return refused('FAILED_PRECONDITION', 'subscription is a push one');
  return undefined;
}
