import { type Answer, answered, refused } from './answer.ts';
import type { Backlog } from './backlog.ts';

/** Longest ack deadline (pubsub.proto, `ModifyAckDeadlineRequest`). */
const MAX_DEADLINE_S = 600;

/** Ack ids are ours to shape; one that is not of this shape was never given out. */
const ACK_ID = /^[a-z0-9-]+:\d+$/;

/** An ack id whose lease is over is no error: the message may come again, and that is all the caller may assume. */
export function acknowledge(backlog: Backlog, ackIds: readonly string[]): Answer<object> {
  const checked = checkAckIds(ackIds);
  if (!checked.ok) return checked;
  for (const ackId of ackIds) backlog.ack(ackId);
  return answered({});
}

/** 0 seconds is a nack. */
export function modifyAckDeadline(backlog: Backlog, ackIds: readonly string[], seconds: number): Answer<object> {
  const checked = checkAckIds(ackIds);
  if (!checked.ok) return checked;
  if (seconds < 0 || seconds > MAX_DEADLINE_S) {
    return refused('INVALID_ARGUMENT', `ack deadline must be 0 to ${MAX_DEADLINE_S} seconds: got=${seconds}`);
  }
  for (const ackId of ackIds) {
    if (seconds === 0) backlog.nack(ackId);
    else backlog.extend(ackId, seconds * 1000);
  }
  return answered({});
}

function checkAckIds(ackIds: readonly string[]): Answer<unknown> {
  if (ackIds.length === 0) return refused('INVALID_ARGUMENT', 'no ack ids specified');
  const malformed = ackIds.find((ackId) => !ACK_ID.test(ackId));
  if (malformed === undefined) return answered(undefined);
  return refused('INVALID_ARGUMENT', `ack id is invalid: ack_id=${malformed.slice(0, 100)}`);
}
