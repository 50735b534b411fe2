import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { isRecord } from './request.ts';

export type EventType = 'OBJECT_FINALIZE' | 'OBJECT_METADATA_UPDATE' | 'OBJECT_DELETE' | 'OBJECT_ARCHIVE';
const EVENT_TYPES = new Set<unknown>(['OBJECT_FINALIZE', 'OBJECT_METADATA_UPDATE', 'OBJECT_DELETE', 'OBJECT_ARCHIVE']);

/** Field names as the JSON API has them. */
export interface NotificationConfig {
  readonly id: string;
  /** `//pubsub.googleapis.com/projects/<project>/topics/<topic>` */
  readonly topic: string;
  readonly payload_format: 'JSON_API_V1' | 'NONE';
  /** Absent: all events. */
  readonly event_types?: readonly EventType[];
  readonly object_name_prefix?: string;
  readonly custom_attributes?: Readonly<Record<string, string>>;
}

const TOPIC = /^\/\/pubsub\.googleapis\.com\/(projects\/[^/]+\/topics\/[^/]+)$/;

/** The topic as Pub/Sub names it: `projects/<project>/topics/<topic>`. */
export function topicName(config: NotificationConfig): string {
  return TOPIC.exec(config.topic)?.[1] ?? config.topic;
}

export function parseNotificationConfig(body: Record<string, unknown>, id: string): Parsed<NotificationConfig> {
  const { topic, payload_format = 'JSON_API_V1', event_types, object_name_prefix, custom_attributes } = body;
  if (typeof topic !== 'string' || !TOPIC.test(topic)) {
    return refused(
      'Invalid Google Cloud Pub/Sub topic: //pubsub.googleapis.com/projects/<project>/topics/<topic> is expected',
    );
  }
  if (payload_format !== 'JSON_API_V1' && payload_format !== 'NONE')
    return refused('Invalid value at "payload_format"');
  if (event_types !== undefined && !isEventTypes(event_types)) return refused('Invalid value at "event_types"');
  if (object_name_prefix !== undefined && typeof object_name_prefix !== 'string') {
    return refused('Invalid value at "object_name_prefix"');
  }
  if (custom_attributes !== undefined && !isStrings(custom_attributes)) {
    return refused('Invalid value at "custom_attributes"');
  }
  return accepted({
    id,
    topic,
    payload_format,
    ...(event_types && event_types.length > 0 && { event_types }),
    ...(object_name_prefix !== undefined && { object_name_prefix }),
    ...(custom_attributes !== undefined && { custom_attributes }),
  });
}

function isEventTypes(value: unknown): value is EventType[] {
  return Array.isArray(value) && value.every((entry) => EVENT_TYPES.has(entry));
}

function isStrings(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
