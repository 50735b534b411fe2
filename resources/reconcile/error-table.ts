import { QueueError } from '../../queue/errors.ts';
import { isAnswer } from '../../services/reconciler/answer.ts';
import { isRejectedError } from '../../services/reconciler/rejected-error.ts';
import type { ConditionStatus } from '../core/conditions.ts';
import { ResourceError } from '../errors.ts';

/** What is done about an error of one class. */
export interface ErrorRule {
  /** Called again after this, and up to `jitterMs` more. `throw`: the queue retries with growing waits, and counts. */
  readonly again: { readonly delayMs: number; readonly jitterMs: number } | 'throw';
  /** What the condition Ready then says. Absent: nothing. */
  readonly ready?: { readonly status: ConditionStatus; readonly reason: string };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The defaults. A team may replace any of them. */
export const ERROR_TABLE = {
  /** 5xx, 429, 408, timeouts, broken connections: it will pass. */
  transient: {
    again: { delayMs: 30 * SECOND, jitterMs: 30 * SECOND },
    ready: { status: 'Unknown', reason: 'TransientError' },
  },
  /** Somebody else wrote again and again: look at what it is now. */
  conflict: { again: { delayMs: SECOND, jitterMs: 0 } },
  /** Something that this resource refers to is not there (yet). */
  missing: { again: { delayMs: 30 * SECOND, jitterMs: 0 }, ready: { status: 'False', reason: 'DependencyNotFound' } },
  /** 400, 403, 422, or a resource that breaks rules: only an edit mends it, and an edit brings the key back at once. */
  invalid: { again: { delayMs: 5 * MINUTE, jitterMs: 5 * MINUTE }, ready: { status: 'False', reason: 'InvalidSpec' } },
  /** An answer that nobody has made up their mind about. */
  unknown: { again: { delayMs: 2 * MINUTE, jitterMs: 0 }, ready: { status: 'Unknown', reason: 'UnknownError' } },
  /** A plain exception: it counts, and in the end the key is dead. */
  failed: { again: 'throw', ready: { status: 'False', reason: 'ReconcileError' } },
  /** Told to stop, or never to try again: neither says anything about the resource. */
  ended: { again: 'throw' },
} as const satisfies Record<string, ErrorRule>;

export type ErrorClass = keyof typeof ERROR_TABLE;
export type ErrorTable = Readonly<Record<ErrorClass, ErrorRule>>;

/** Codes of Node, of undici, and of the system. */
const NETWORK =
  /^(ECONN\w+|E?HOST\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_\w+|ENETUNREACH|EHOSTUNREACH|UND_ERR_\w+|ERR_HTTP2_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;

/** Reasons in the Status objects of Kubernetes. */
const REASONS: Readonly<Record<string, ErrorClass>> = {
  Conflict: 'conflict',
  NotFound: 'missing',
  Invalid: 'invalid',
  BadRequest: 'invalid',
  Forbidden: 'invalid',
  Timeout: 'transient',
  ServerTimeout: 'transient',
  TooManyRequests: 'transient',
  ServiceUnavailable: 'transient',
  InternalError: 'transient',
};

/** Sorts what was thrown by what can be done about it. Causes are looked through: what a library throws is often wrapped. */
export function classify(thrown: unknown, stopped: boolean): ErrorClass {
  if (isAnswer(thrown) || isRejectedError(thrown)) return 'ended';
  for (let at = thrown, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const found = classOf(at, stopped);
    if (found) return found;
    at = (at as { cause?: unknown }).cause;
  }
  return 'failed';
}

function classOf(error: unknown, stopped: boolean): ErrorClass | undefined {
  if (error instanceof ResourceError) return ofResourceError(error);
  if (error instanceof QueueError) return error.kind === 'unavailable' ? 'transient' : undefined;
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code, reason } = error as { name?: unknown; code?: unknown; reason?: unknown };
  if (name === 'AbortError') return stopped ? 'ended' : 'transient';
  if (name === 'TimeoutError') return stopped ? 'ended' : 'transient';
  if (typeof code === 'string' && NETWORK.test(code)) return 'transient';
  if (typeof reason === 'string' && Object.hasOwn(REASONS, reason)) return REASONS[reason];
  return ofStatus(statusOf(error));
}

function ofResourceError({ kind }: ResourceError): ErrorClass {
  switch (kind) {
    case 'Conflict':
    case 'AlreadyExists':
      return 'conflict';
    case 'NotFound':
      return 'missing';
    case 'Invalid':
      return 'invalid';
    default:
      return kind satisfies never;
  }
}

function ofStatus(status: number | undefined): ErrorClass | undefined {
  if (status === undefined) return undefined;
  if (status === 409 || status === 412) return 'conflict';
  if (status === 404 || status === 410) return 'missing';
  if (status === 400 || status === 403 || status === 422) return 'invalid';
  if (status === 408 || status === 429 || status >= 500) return 'transient';
  return 'unknown';
}

/** The HTTP status in an error, by the names that clients give it. */
function statusOf(error: object): number | undefined {
  const { status, statusCode, code, response } = error as Record<string, unknown>;
  const inner = response as { status?: unknown; statusCode?: unknown } | undefined;
  const found = [status, statusCode, inner?.status, inner?.statusCode, code].find(isStatus);
  return found;
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 300 && value < 600;
}

/** Milliseconds that the other side asked to be left alone for, in a Retry-After header (seconds, or a date). */
export function retryAfterMs(thrown: unknown, nowMs: number): number | undefined {
  const { headers, response } = (thrown ?? {}) as { headers?: unknown; response?: { headers?: unknown } };
  const found = headerOf(headers) ?? headerOf(response?.headers);
  if (found === undefined || found === '') return undefined;
  const seconds = Number(found);
  const ms = Number.isFinite(seconds) ? seconds * SECOND : Date.parse(found) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function headerOf(headers: unknown): string | undefined {
  const value =
    headers instanceof Headers
      ? headers.get('retry-after')
      : (headers as Record<string, unknown> | undefined)?.['retry-after'];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
