import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Journal } from '../../catalogue/events.ts';
import { QueueError } from '../../queue/errors.ts';
import { ResourceError } from '../../resources/errors.ts';

/** A request that cannot be served, with the code and the sentence of the answer. */
export class Refusal extends Error {
  readonly code: ContentfulStatusCode;

  constructor(code: ContentfulStatusCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Every failure is answered as `{ error, code }`. */
export function answerFailure(context: Context, error: unknown, journal: Journal): Response {
  const refusal = refusalOf(error);
  if (refusal) return failure(context, refusal.code, refusal.message);
  journal.write('internal.error', { error });
  return failure(context, 500, 'internal error: the log of this service says more');
}

export function failure(context: Context, code: ContentfulStatusCode, error: string): Response {
  return context.json({ error, code }, code);
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof ResourceError) return new Refusal(codeOf(error), sentenceOf(error));
  if (error instanceof QueueError && error.kind === 'unavailable') {
    return new Refusal(503, 'the store of resources is not available: try again');
  }
  return undefined;
}

function codeOf({ kind }: ResourceError): ContentfulStatusCode {
  switch (kind) {
    case 'NotFound':
      return 404;
    case 'AlreadyExists':
      return 409;
    case 'Conflict':
      return 412;
    case 'Invalid':
      return 400;
    default:
      return kind satisfies never;
  }
}

function sentenceOf({ kind, message }: ResourceError): string {
  return kind === 'Invalid' ? `validation failed: ${message}` : message;
}
