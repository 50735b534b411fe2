import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { GetKeyStateRequest as _chainguard_workqueue_GetKeyStateRequest, GetKeyStateRequest__Output as _chainguard_workqueue_GetKeyStateRequest__Output } from './chainguard/workqueue/GetKeyStateRequest.ts';
import type { KeyState as _chainguard_workqueue_KeyState, KeyState__Output as _chainguard_workqueue_KeyState__Output } from './chainguard/workqueue/KeyState.ts';
import type { NoRetryDetails as _chainguard_workqueue_NoRetryDetails, NoRetryDetails__Output as _chainguard_workqueue_NoRetryDetails__Output } from './chainguard/workqueue/NoRetryDetails.ts';
import type { ProcessRequest as _chainguard_workqueue_ProcessRequest, ProcessRequest__Output as _chainguard_workqueue_ProcessRequest__Output } from './chainguard/workqueue/ProcessRequest.ts';
import type { ProcessResponse as _chainguard_workqueue_ProcessResponse, ProcessResponse__Output as _chainguard_workqueue_ProcessResponse__Output } from './chainguard/workqueue/ProcessResponse.ts';
import type { QueueKeyRequest as _chainguard_workqueue_QueueKeyRequest, QueueKeyRequest__Output as _chainguard_workqueue_QueueKeyRequest__Output } from './chainguard/workqueue/QueueKeyRequest.ts';
import type { WorkqueueServiceClient as _chainguard_workqueue_WorkqueueServiceClient, WorkqueueServiceDefinition as _chainguard_workqueue_WorkqueueServiceDefinition } from './chainguard/workqueue/WorkqueueService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  chainguard: {
    workqueue: {
      GetKeyStateRequest: MessageTypeDefinition<_chainguard_workqueue_GetKeyStateRequest, _chainguard_workqueue_GetKeyStateRequest__Output>
      KeyState: MessageTypeDefinition<_chainguard_workqueue_KeyState, _chainguard_workqueue_KeyState__Output>
      NoRetryDetails: MessageTypeDefinition<_chainguard_workqueue_NoRetryDetails, _chainguard_workqueue_NoRetryDetails__Output>
      ProcessRequest: MessageTypeDefinition<_chainguard_workqueue_ProcessRequest, _chainguard_workqueue_ProcessRequest__Output>
      ProcessResponse: MessageTypeDefinition<_chainguard_workqueue_ProcessResponse, _chainguard_workqueue_ProcessResponse__Output>
      QueueKeyRequest: MessageTypeDefinition<_chainguard_workqueue_QueueKeyRequest, _chainguard_workqueue_QueueKeyRequest__Output>
      WorkqueueService: SubtypeConstructor<typeof grpc.Client, _chainguard_workqueue_WorkqueueServiceClient> & { service: _chainguard_workqueue_WorkqueueServiceDefinition }
    }
  }
}

