import { type Context, type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import type { Span, Tracing } from '../telemetry/tracing.ts';

/** What a push may take. It is awaited before the last open request is answered. */
const PUSH_TIMEOUT_MS = 5_000;

export interface Traces {
  readonly tracing: Tracing;
  push(): Promise<void>;
  close(): Promise<void>;
}

/** Pushes by OTLP; where to, and which traces are sampled, is in OpenTelemetry's own variables. */
export function otlpProcessor(): SpanProcessor {
  return new BatchSpanProcessor(new OTLPTraceExporter({ timeoutMillis: PUSH_TIMEOUT_MS }), {
    exportTimeoutMillis: PUSH_TIMEOUT_MS,
  });
}

export function openTraces(resource: Resource, processor: SpanProcessor): Traces {
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  const tracer = provider.getTracer('levelset');

  function begin(
    name: string,
    kind: SpanKind,
    parent: Context,
    attributes: Record<string, string | number>,
    links: Link[] = [],
  ): Span {
    const span = tracer.startSpan(name, { kind, attributes, links, root: parent === ROOT_CONTEXT }, parent);
    return {
      traceparent: formatTraceparent(span.spanContext()),
      end({ event, error }) {
        span.setAttribute('levelset.event', event);
        if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
        span.end();
      },
    };
  }

  return {
    tracing: {
      attempt({ key, queue, attempt, traceparent, first }) {
        const attributes = { 'levelset.key': key, 'levelset.queue': queue, 'levelset.attempt': attempt };
        const enqueued = spanContextOf(traceparent);
        const parent = enqueued && first ? trace.setSpanContext(ROOT_CONTEXT, enqueued) : ROOT_CONTEXT;
        return begin(
          'levelset attempt',
          SpanKind.CONSUMER,
          parent,
          attributes,
          enqueued ? [{ context: enqueued }] : [],
        );
      },
      enqueue({ key, traceparent }) {
        const caller = spanContextOf(traceparent);
        const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT;
        return begin('levelset enqueue', SpanKind.PRODUCER, parent, { 'levelset.key': key });
      },
    },
    push: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  };
}

function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = parsed.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
