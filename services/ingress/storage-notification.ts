import type { IncomingEvent } from './incoming-event.ts';

/** Types of the events that Eventarc makes of the same changes, so that one rule serves both. */
const TYPE = 'google.cloud.storage.object.v1.';
const TYPES: Readonly<Record<string, string>> = {
  OBJECT_FINALIZE: `${TYPE}finalized`,
  OBJECT_METADATA_UPDATE: `${TYPE}metadataUpdated`,
  OBJECT_DELETE: `${TYPE}deleted`,
  OBJECT_ARCHIVE: `${TYPE}archived`,
};

const SUBJECT = 'objects/';

/** What a notification says of a change, in the attributes that Cloud Storage documents. */
export interface StorageAttributes {
  readonly eventType: string;
  readonly bucketId: string;
  readonly objectId: string;
}

/** The attributes of a CloudEvent for a notification: those that Eventarc gives to the same change. */
export function storageEvent({ eventType, bucketId, objectId }: StorageAttributes) {
  return {
    type: TYPES[eventType] ?? `${TYPE}${eventType}`,
    source: `//storage.googleapis.com/projects/_/buckets/${bucketId}`,
    subject: `${SUBJECT}${objectId}`,
    extensions: new Map([['bucket', bucketId]]),
  };
}

/** The object that an event of Cloud Storage is about, whether it came as a notification or through Eventarc. */
export function storedObjectOf(event: IncomingEvent): { readonly bucket: string; readonly name: string } | undefined {
  const { type, subject, extensions } = event;
  const bucket = extensions.get('bucket');
  if (!type.startsWith(TYPE) || bucket === undefined || !subject?.startsWith(SUBJECT)) return undefined;
  return { bucket, name: subject.slice(SUBJECT.length) };
}
