import { ENV } from '../../catalogue/environment.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import type { Environment } from './config.ts';

/** What Cloud Logging is told besides the event: see "Structured logging" and "Format error messages" of its documentation. */
export interface CloudLogging {
  /** On every line. */
  readonly base: Readonly<Record<string, unknown>>;
  /** Of lines that Error Reporting is to pick up. */
  readonly serviceContext: { readonly service: string; readonly version: string };
  readonly project: string | undefined;
}

/** On Cloud Run only: anywhere else nobody reads it. */
export function cloudLogging(env: Environment): CloudLogging | undefined {
  const service = env[ENV.cloudRun];
  if (!service) return undefined;
  const labels = Object.entries({ queue: env[ENV.queue], region: env[ENV.region] }).filter(([, value]) => value);
  return {
    base: labels.length === 0 ? {} : { 'logging.googleapis.com/labels': Object.fromEntries(labels) },
    serviceContext: { service, version: env[ENV.revision] ?? '' },
    project: env[ENV.project],
  };
}

/** The fields that tie a line to its trace. */
export function traceFields(traceparent: unknown, project: string | undefined): Record<string, unknown> {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined) return {};
  const [, trace = '', span = '', flags = ''] = parsed.split('-');
  return {
    'logging.googleapis.com/trace': project === undefined ? trace : `projects/${project}/traces/${trace}`,
    'logging.googleapis.com/spanId': span,
    'logging.googleapis.com/trace_sampled': (Number.parseInt(flags, 16) & 1) === 1,
  };
}
