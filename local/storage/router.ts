import { bucket, buckets, BUCKETS_SHAPE, layout } from './buckets.ts';
import type { EmulatorContext } from './context.ts';
import { copy, move, rewrite } from './copies.ts';
import { badRequest, bucketMissing, methodNotAllowed, notFound } from './errors.ts';
import { ANY, parseFields, select, type Shape } from './fields.ts';
import { notificationConfig, notificationConfigs, NOTIFICATIONS_SHAPE } from './notification-configs.ts';
import { list, object } from './objects.ts';
import { parsePath, type Target } from './paths.ts';
import type { Reply } from './reply.ts';
import type { StorageRequest } from './request.ts';
import { LIST_SHAPE, OBJECT_SHAPE, REWRITE_SHAPE } from './resource.ts';
import { upload } from './uploads.ts';

/** Answers a request of the JSON API. Everything happens within this call: a request is one step, as it is in the real store. */
export function answer(context: EmulatorContext, request: StorageRequest): Reply {
  const target = parsePath(request.path);
  if (target === undefined) return notFound('Not Found');
  if (target === 'malformed') return badRequest('Path has a percent escape that is not UTF-8');
  const fields = request.query.get('fields');
  if (!fields) return route(context, target, request);
  const selection = parseFields(fields, shapeOf(target, request.method));
  if (!selection.ok) return badRequest(selection.problem, 'invalidParameter');
  const reply = route(context, target, { ...request, fields: selection.value });
  if (reply.kind !== 'json' || reply.status >= 300) return reply;
  return { ...reply, value: select(reply.value, selection.value) ?? {} };
}

function route(context: EmulatorContext, target: Target, request: StorageRequest): Reply {
  const { state } = context;
  if (target.kind === 'buckets') return buckets(state, request);
  const held = state.bucket(target.kind === 'copy' ? target.from.bucket : target.bucket);
  if (held === undefined) return bucketMissing();
  switch (target.kind) {
    case 'bucket':
      return bucket(state, held, request);
    case 'layout':
      return request.method === 'GET' ? layout(held) : methodNotAllowed(request.method);
    case 'objects':
      return request.method === 'GET' ? list(held, request) : methodNotAllowed(request.method);
    case 'object':
      return object(held, target.name, request);
    case 'media':
      return request.method === 'GET' ? object(held, target.name, request, 'media') : methodNotAllowed(request.method);
    case 'upload':
      return upload(context, held, request);
    case 'copy': {
      if (request.method !== 'POST') return methodNotAllowed(request.method);
      const to = state.bucket(target.to.bucket);
      if (to === undefined) return bucketMissing();
      const ends = { source: held, from: target.from.name, target: to, to: target.to.name };
      return target.verb === 'copyTo' ? copy(ends, request) : rewrite(ends, request);
    }
    case 'move':
      return request.method === 'POST' ? move(held, target.from, target.to, request) : methodNotAllowed(request.method);
    case 'notifications':
      return notificationConfigs(state, held, request);
    case 'notification':
      return notificationConfig(state, held, target.id, request);
    default:
      return target satisfies never;
  }
}

/** What the answer to a request can hold, for the check of `fields`. */
function shapeOf(target: Target, method: string): Shape {
  switch (target.kind) {
    case 'buckets':
      return method === 'GET' ? BUCKETS_SHAPE : ANY;
    case 'objects':
      return LIST_SHAPE;
    case 'copy':
      return target.verb === 'copyTo' ? OBJECT_SHAPE : REWRITE_SHAPE;
    case 'object':
    case 'media':
    case 'upload':
    case 'move':
      return OBJECT_SHAPE;
    case 'notifications':
      return method === 'GET' ? NOTIFICATIONS_SHAPE : ANY;
    case 'bucket':
    case 'layout':
    case 'notification':
      return ANY;
    default:
      return target satisfies never;
  }
}
