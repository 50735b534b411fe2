/** The media type of a CloudEvent in structured mode: the whole event is one JSON document, so a subject needs no header encoding. */
export const CLOUD_EVENT_JSON = 'application/cloudevents+json; charset=utf-8';

export const CHANGED_TYPE = 'dev.levelset.mirror.changed';

/** A CloudEvent 1.0 that says "something happened to this path": the subject is the key. What happened is for the reconciler to see. */
export function changeEvent(key: string, id: string, time: Date): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '/examples/mirror',
    type: CHANGED_TYPE,
    subject: key,
    time: time.toISOString(),
  });
}
