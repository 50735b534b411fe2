import type { GetKeyStateRequest__Output } from '../../proto/gen/chainguard/workqueue/GetKeyStateRequest.ts';
import type {
  _chainguard_workqueue_KeyState_Status as ProtoStatus,
  KeyState as ProtoKeyState,
  KeyState__Output,
} from '../../proto/gen/chainguard/workqueue/KeyState.ts';
import type { ProcessRequest, ProcessRequest__Output } from '../../proto/gen/chainguard/workqueue/ProcessRequest.ts';
import type { ProcessResponse, ProcessResponse__Output } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import { type Enqueue, MAX_DELAY_SECONDS, parseEnqueue } from '../../queue/core/enqueue.ts';
import { type Key, parseKey } from '../../queue/core/key.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { KeyState } from '../../queue/key-state.ts';
import { ceilSeconds } from './duration.ts';

/** 64-bit integers come in as decimal strings and are checked as `bigint`: a number would round what is out of range into it. */
export function enqueueFromRequest(request: ProcessRequest__Output): Parsed<Enqueue> {
  const { key, priority, delaySeconds } = request;
  return parseEnqueue({ key, priority: BigInt(priority), delaySeconds: BigInt(delaySeconds) });
}

export function requestFromEnqueue(wish: Enqueue): ProcessRequest {
  return { key: wish.key, priority: wish.priority, delaySeconds: wish.delaySeconds };
}

export function keyFromRequest(request: GetKeyStateRequest__Output): Parsed<Key> {
  return parseKey(request.key);
}

/** The outcomes that are answers; the others are errors. */
export type Answered = Extract<Outcome, { kind: 'done' | 'requeue' | 'enqueue' | 'interrupted' }>;

/** Asked for less than a second, or for none: still a call back, which 0 would not be. */
const seconds = (delayMs: number): number => Math.max(1, ceilSeconds(delayMs));

/** That a run was interrupted is said by a trailer; to who does not know it, it asks to be called back. */
export function responseFromOutcome(outcome: Answered): ProcessResponse {
  switch (outcome.kind) {
    case 'done':
      return {};
    case 'requeue':
      return { requeueAfterSeconds: seconds(outcome.delayMs), requeueFloor: outcome.floor };
    case 'interrupted':
      return { requeueAfterSeconds: seconds(outcome.delayMs) };
    case 'enqueue': {
      const queueKeys = outcome.keys.map(requestFromEnqueue);
      if (outcome.requeueMs === undefined) return { queueKeys };
      return { queueKeys, requeueAfterSeconds: seconds(outcome.requeueMs), requeueFloor: outcome.floor ?? false };
    }
    default:
      return outcome satisfies never;
  }
}

/**
 * What a reconciler's answer says. An answer that breaks a rule is a failure that names the rule, and nothing of it is done. A
 * delay of more than a year is a year: to be called early costs a run, times beyond the calendar would cost the key.
 */
export function outcomeFromResponse(response: ProcessResponse__Output, interrupted: boolean): Outcome {
  const requeueSeconds = BigInt(response.requeueAfterSeconds);
  if (requeueSeconds < 0n) {
    const rule = 'requeue_after_seconds may not be negative';
    return { kind: 'failed', error: `answer refused: ${rule}: requeue_after_seconds=${requeueSeconds}` };
  }
  const limit = BigInt(MAX_DELAY_SECONDS);
  const delayMs = Number(requeueSeconds < limit ? requeueSeconds : limit) * 1000;
  const floor = response.requeueFloor;

  if (response.queueKeys.length > 0) {
    const keys = wishes(response);
    if (!keys.ok) return { kind: 'failed', error: `answer refused: ${keys.problem}` };
    return { kind: 'enqueue', keys: keys.value, ...(delayMs > 0 ? { requeueMs: delayMs, floor } : {}) };
  }
  if (interrupted) return { kind: 'interrupted', delayMs };
  return delayMs > 0 ? { kind: 'requeue', delayMs, floor } : { kind: 'done' };
}

function wishes(response: ProcessResponse__Output): Parsed<Enqueue[]> {
  const parsed: Enqueue[] = [];
  for (const [index, request] of response.queueKeys.entries()) {
    const wish = enqueueFromRequest(request);
    if (!wish.ok) return refused(`queue_keys[${index}]: ${wish.problem}`);
    parsed.push(wish.value);
  }
  return accepted(parsed);
}

const WIRE_STATUS = {
  queued: 'QUEUED',
  'in-progress': 'IN_PROGRESS',
  'dead-letter': 'DEAD_LETTER',
} as const satisfies Record<KeyState['status'], ProtoStatus>;

/** The field is an int32, the bucket holds any decimal. */
const MAX_INT32 = 2 ** 31 - 1;

export function messageFromKeyState(state: KeyState): ProtoKeyState {
  return {
    key: state.key,
    status: WIRE_STATUS[state.status],
    priority: state.priority,
    attempts: Math.min(state.attempts, MAX_INT32),
    queuedTime: state.queuedMs === undefined ? 0 : Math.floor(state.queuedMs / 1000),
    notBeforeTime: state.notBeforeMs === undefined ? 0 : ceilSeconds(state.notBeforeMs),
  };
}

export function keyStateFromMessage(message: KeyState__Output): Parsed<KeyState> {
  const key = parseKey(message.key);
  if (!key.ok) return key;
  const [status] = Object.entries(WIRE_STATUS).find(([, name]) => name === message.status) ?? [];
  if (status === undefined) return refused(`key state has no known status: status=${message.status}`);
  const [queuedMs, notBeforeMs] = [Number(message.queuedTime) * 1000, Number(message.notBeforeTime) * 1000];
  return accepted({
    key: key.value,
    status: status as KeyState['status'],
    priority: Number(message.priority),
    attempts: message.attempts,
    ...(queuedMs > 0 ? { queuedMs } : {}),
    ...(notBeforeMs > 0 ? { notBeforeMs } : {}),
  });
}
