// Original file: proto/workqueue.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetKeyStateRequest as _chainguard_workqueue_GetKeyStateRequest, GetKeyStateRequest__Output as _chainguard_workqueue_GetKeyStateRequest__Output } from '../../chainguard/workqueue/GetKeyStateRequest.ts';
import type { KeyState as _chainguard_workqueue_KeyState, KeyState__Output as _chainguard_workqueue_KeyState__Output } from '../../chainguard/workqueue/KeyState.ts';
import type { ProcessRequest as _chainguard_workqueue_ProcessRequest, ProcessRequest__Output as _chainguard_workqueue_ProcessRequest__Output } from '../../chainguard/workqueue/ProcessRequest.ts';
import type { ProcessResponse as _chainguard_workqueue_ProcessResponse, ProcessResponse__Output as _chainguard_workqueue_ProcessResponse__Output } from '../../chainguard/workqueue/ProcessResponse.ts';

export interface WorkqueueServiceClient extends grpc.Client {
  GetKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  GetKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  GetKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  GetKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  getKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  getKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  getKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  getKeyState(argument: _chainguard_workqueue_GetKeyStateRequest, callback: grpc.requestCallback<_chainguard_workqueue_KeyState__Output>): grpc.ClientUnaryCall;
  
  Process(argument: _chainguard_workqueue_ProcessRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _chainguard_workqueue_ProcessRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _chainguard_workqueue_ProcessRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _chainguard_workqueue_ProcessRequest, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _chainguard_workqueue_ProcessRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _chainguard_workqueue_ProcessRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _chainguard_workqueue_ProcessRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _chainguard_workqueue_ProcessRequest, callback: grpc.requestCallback<_chainguard_workqueue_ProcessResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface WorkqueueServiceHandlers extends grpc.UntypedServiceImplementation {
  GetKeyState: grpc.handleUnaryCall<_chainguard_workqueue_GetKeyStateRequest__Output, _chainguard_workqueue_KeyState>;
  
  Process: grpc.handleUnaryCall<_chainguard_workqueue_ProcessRequest__Output, _chainguard_workqueue_ProcessResponse>;
  
}

export interface WorkqueueServiceDefinition extends grpc.ServiceDefinition {
  GetKeyState: MethodDefinition<_chainguard_workqueue_GetKeyStateRequest, _chainguard_workqueue_KeyState, _chainguard_workqueue_GetKeyStateRequest__Output, _chainguard_workqueue_KeyState__Output>
  Process: MethodDefinition<_chainguard_workqueue_ProcessRequest, _chainguard_workqueue_ProcessResponse, _chainguard_workqueue_ProcessRequest__Output, _chainguard_workqueue_ProcessResponse__Output>
}
