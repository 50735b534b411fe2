// Original file: proto/workqueue.proto


export interface NoRetryDetails {
  'message'?: (string);
}

export interface NoRetryDetails__Output {
  'message': (string);
}
