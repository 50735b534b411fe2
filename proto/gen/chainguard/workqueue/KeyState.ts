// Original file: proto/workqueue.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/workqueue.proto

export const _chainguard_workqueue_KeyState_Status = {
  UNKNOWN: 'UNKNOWN',
  QUEUED: 'QUEUED',
  IN_PROGRESS: 'IN_PROGRESS',
  DEAD_LETTER: 'DEAD_LETTER',
} as const;

export type _chainguard_workqueue_KeyState_Status =
  | 'UNKNOWN'
  | 0
  | 'QUEUED'
  | 1
  | 'IN_PROGRESS'
  | 2
  | 'DEAD_LETTER'
  | 3

export type _chainguard_workqueue_KeyState_Status__Output = typeof _chainguard_workqueue_KeyState_Status[keyof typeof _chainguard_workqueue_KeyState_Status]

export interface KeyState {
  'key'?: (string);
  'status'?: (_chainguard_workqueue_KeyState_Status);
  'priority'?: (number | string | Long);
  'attempts'?: (number);
  'queuedTime'?: (number | string | Long);
  'notBeforeTime'?: (number | string | Long);
}

export interface KeyState__Output {
  'key': (string);
  'status': (_chainguard_workqueue_KeyState_Status__Output);
  'priority': (string);
  'attempts': (number);
  'queuedTime': (string);
  'notBeforeTime': (string);
}
