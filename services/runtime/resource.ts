import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';

/** Which process its telemetry is of: what we know of it, and what OpenTelemetry's own variables add. */
export function describeProcess(attributes: Readonly<Record<string, string>>): Resource {
  return resourceFromAttributes(attributes).merge(detectResources({ detectors: [envDetector] }));
}
