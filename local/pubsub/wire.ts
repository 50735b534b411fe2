/**
 * The messages of google.pubsub.v1 as `protos.ts` decodes them: camelCase, 64-bit numbers as numbers, enums as strings,
 * absent scalars as their proto3 defaults and absent messages as null. Only fields that the emulator reads or writes.
 */

export interface WireDuration {
  seconds: number;
  nanos: number;
}

export interface WireTimestamp {
  seconds: number;
  nanos: number;
}

export interface WireMessage {
  data: Buffer;
  attributes: Record<string, string>;
  messageId: string;
  publishTime: WireTimestamp | null;
  orderingKey: string;
}

export interface WireReceivedMessage {
  ackId: string;
  message: WireMessage;
  deliveryAttempt: number;
}

export interface WireTopic {
  name: string;
  labels: Record<string, string>;
  messageStoragePolicy: object | null;
  kmsKeyName: string;
  schemaSettings: object | null;
  messageRetentionDuration: WireDuration | null;
  ingestionDataSourceSettings: object | null;
  messageTransforms: readonly object[];
  state: string;
}

export interface WirePushConfig {
  pushEndpoint: string;
  attributes: Record<string, string>;
  oidcToken?: { serviceAccountEmail: string; audience: string } | null;
  pubsubWrapper?: object | null;
  noWrapper?: { writeMetadata: boolean } | null;
}

export interface WireSubscription {
  name: string;
  topic: string;
  pushConfig: WirePushConfig | null;
  bigqueryConfig: object | null;
  cloudStorageConfig: object | null;
  bigtableConfig: object | null;
  ackDeadlineSeconds: number;
  retainAckedMessages: boolean;
  messageRetentionDuration: WireDuration | null;
  labels: Record<string, string>;
  enableMessageOrdering: boolean;
  expirationPolicy: { ttl: WireDuration | null } | null;
  filter: string;
  deadLetterPolicy: { deadLetterTopic: string; maxDeliveryAttempts: number } | null;
  retryPolicy: { minimumBackoff: WireDuration | null; maximumBackoff: WireDuration | null } | null;
  enableExactlyOnceDelivery: boolean;
  messageTransforms: readonly object[];
  state: string;
}

export interface WireStreamingPullRequest {
  subscription: string;
  ackIds: readonly string[];
  modifyDeadlineSeconds: readonly number[];
  modifyDeadlineAckIds: readonly string[];
  streamAckDeadlineSeconds: number;
  clientId: string;
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
  protocolVersion: number;
}

export interface WireStreamingPullResponse {
  receivedMessages: readonly WireReceivedMessage[];
  subscriptionProperties: { exactlyOnceDeliveryEnabled: boolean; messageOrderingEnabled: boolean };
}

export function durationMs(duration: WireDuration): number {
  return duration.seconds * 1000 + duration.nanos / 1e6;
}

export function wireDuration(ms: number): WireDuration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

export function wireTimestamp(unixMs: number): WireTimestamp {
  return wireDuration(unixMs);
}
