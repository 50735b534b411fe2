import type { Refusal } from '../../queue/stores/bucket.ts';
import type { ConditionName } from '../../queue/stores/conditions.ts';
import type { Reply } from './reply.ts';

/** An error of the JSON API. `reason` is the machine-readable word that clients look at. */
function failure(code: number, reason: string, message: string, domain = 'global'): Reply {
  return { kind: 'json', status: code, value: { error: { code, message, errors: [{ domain, reason, message }] } } };
}

export function badRequest(message: string, reason = 'invalid'): Reply {
  return failure(400, reason, message);
}

export function bucketMissing(): Reply {
  return failure(404, 'notFound', 'The specified bucket does not exist.');
}

export function objectMissing(bucket: string, name: string): Reply {
  return failure(404, 'notFound', `No such object: ${bucket}/${name}`);
}

export function notFound(what: string): Reply {
  return failure(404, 'notFound', what);
}

export function methodNotAllowed(method: string): Reply {
  return failure(405, 'methodNotAllowed', `The method ${method} is not allowed here.`);
}

export function conflict(message: string): Reply {
  return failure(409, 'conflict', message);
}

/** What asks for news and finds none is 304, on writes too; everything else is 412 ("Request preconditions"). */
export function conditionNotMet(condition: ConditionName): Reply {
  if (condition.endsWith('NotMatch')) return { kind: 'empty', status: 304 };
  return failure(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
}

export function tooLarge(limitBytes: number): Reply {
  return failure(413, 'uploadTooLarge', `The request is larger than this emulator accepts: limitBytes=${limitBytes}`);
}

export function rangeNotSatisfiable(size: number): Reply {
  return { kind: 'empty', status: 416, headers: { 'content-range': `bytes */${size}` } };
}

export function notImplemented(message: string): Reply {
  return failure(501, 'notImplemented', message);
}

export function internalError(): Reply {
  return failure(500, 'internalError', 'We encountered an internal error. Please try again.');
}

export function overloaded(): Reply {
  return failure(503, 'backendError', 'This emulator receives too much at once. Please try again.');
}

/** What the engine refused, as the JSON API tells it. `name`: the object, or the source of a copy. */
export function refusal(refused: Refusal, bucket: string, name: string): Reply {
  switch (refused.kind) {
    case 'unmet':
      return conditionNotMet(refused.condition);
    case 'missing':
      return objectMissing(bucket, name);
    case 'throttled':
      return failure(
        429,
        'rateLimitExceeded',
        `The object ${bucket}/${name} exceeded the rate limit for object mutation operations (create, update, and delete). ` +
          'Please reduce your request rate.',
        'usageLimits',
      );
    case 'invalid':
      return badRequest(refused.reason);
    default:
      return refused satisfies never;
  }
}
