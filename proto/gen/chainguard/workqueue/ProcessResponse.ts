// Original file: proto/workqueue.proto

import type { QueueKeyRequest as _chainguard_workqueue_QueueKeyRequest, QueueKeyRequest__Output as _chainguard_workqueue_QueueKeyRequest__Output } from '../../chainguard/workqueue/QueueKeyRequest.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProcessResponse {
  'requeueAfterSeconds'?: (number | string | Long);
  'queueKeys'?: (_chainguard_workqueue_QueueKeyRequest)[];
  'requeueFloor'?: (boolean);
}

export interface ProcessResponse__Output {
  'requeueAfterSeconds': (string);
  'queueKeys': (_chainguard_workqueue_QueueKeyRequest__Output)[];
  'requeueFloor': (boolean);
}
