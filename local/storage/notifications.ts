import type { BucketObject, Change } from '../../queue/stores/bucket.ts';
import { type EventType, type NotificationConfig, topicName } from './notification-config.ts';
import { objectResource } from './resource.ts';

export interface NotificationMessage {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: Buffer;
}

/** Sends a message to a topic, named `projects/<project>/topics/<topic>`. */
export type Publish = (topic: string, message: NotificationMessage) => void | Promise<void>;

interface Event {
  readonly type: EventType;
  readonly object: BucketObject;
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * The messages that a change of an object sends, with their topics.
 *
 * Source of the format: "Pub/Sub notifications for Cloud Storage", attributes and payload.
 */
export function notificationsOf(
  bucket: string,
  change: Change,
  configs: Iterable<NotificationConfig>,
  at: { readonly nowMs: number; readonly origin: string },
): { topic: string; message: NotificationMessage }[] {
  const events = eventsOf(change);
  return [...configs].flatMap((config) =>
    events
      .filter(({ type, object }) => isWanted(config, type, object.name))
      .map(({ type, object, extra }) => ({
        topic: topicName(config),
        message: {
          attributes: {
            ...config.custom_attributes,
            notificationConfig: `projects/_/buckets/${bucket}/notificationConfigs/${config.id}`,
            eventType: type,
            payloadFormat: config.payload_format,
            bucketId: bucket,
            objectId: object.name,
            objectGeneration: object.generation,
            eventTime: new Date(at.nowMs).toISOString(),
            ...extra,
          },
          data: Buffer.from(
            config.payload_format === 'NONE' ? '' : JSON.stringify(objectResource(bucket, object, at.origin)),
          ),
        },
      })),
  );
}

/** Without versioning, an overwrite also deletes the version that it replaces. */
function eventsOf(change: Change): Event[] {
  const { object } = change;
  switch (change.kind) {
    case 'metadataUpdate':
      return [{ type: 'OBJECT_METADATA_UPDATE', object, extra: {} }];
    case 'delete':
      return [{ type: 'OBJECT_DELETE', object, extra: {} }];
    case 'finalize': {
      const { overwritten } = change;
      if (overwritten === undefined) return [{ type: 'OBJECT_FINALIZE', object, extra: {} }];
      return [
        { type: 'OBJECT_FINALIZE', object, extra: { overwroteGeneration: overwritten.generation } },
        { type: 'OBJECT_DELETE', object: overwritten, extra: { overwrittenByGeneration: object.generation } },
      ];
    }
    default:
      return change satisfies never;
  }
}

function isWanted(config: NotificationConfig, type: EventType, name: string): boolean {
  return (config.event_types?.includes(type) ?? true) && name.startsWith(config.object_name_prefix ?? '');
}
