// Original file: proto/workqueue.proto


export interface GetKeyStateRequest {
  'key'?: (string);
}

export interface GetKeyStateRequest__Output {
  'key': (string);
}
