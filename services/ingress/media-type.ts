/** A media type without its parameters, in lower case; empty where there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';')[0] ?? '').trim().toLowerCase();
}

/** The whole event is one JSON document. */
export function isStructured(type: string): boolean {
  return type === 'application/cloudevents+json';
}

/** A JSON list of such events. */
export function isBatch(type: string): boolean {
  return type === 'application/cloudevents-batch+json';
}
