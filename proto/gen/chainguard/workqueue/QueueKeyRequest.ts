// Original file: proto/workqueue.proto

import type { Long } from '@grpc/proto-loader';

export interface QueueKeyRequest {
  'key'?: (string);
  'priority'?: (number | string | Long);
  'delaySeconds'?: (number | string | Long);
}

export interface QueueKeyRequest__Output {
  'key': (string);
  'priority': (string);
  'delaySeconds': (string);
}
