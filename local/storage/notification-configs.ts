import { ANY, type Shape } from './fields.ts';
import { badRequest, methodNotAllowed, notFound } from './errors.ts';
import { type NotificationConfig, parseNotificationConfig } from './notification-config.ts';
import { json, NO_CONTENT, type Reply } from './reply.ts';
import { parseJson, type StorageRequest } from './request.ts';
import type { HeldBucket, StorageState } from './state.ts';

export const NOTIFICATIONS_SHAPE: Shape = { kind: ANY, items: ANY };

/** As many as the real store takes for one bucket. */
const MAX_CONFIGS = 100;

export function notificationConfigs(state: StorageState, bucket: HeldBucket, request: StorageRequest): Reply {
  const { name } = bucket.properties;
  switch (request.method) {
    case 'GET': {
      const items = [...bucket.notifications.values()].map((config) => configResource(name, config, request.origin));
      return json({ kind: 'storage#notifications', ...(items.length > 0 && { items }) });
    }
    case 'POST': {
      const body = parseJson(request.body);
      if (!body.ok) return badRequest(body.problem, 'parseError');
      const config = parseNotificationConfig(body.value, state.nextNotificationId());
      if (!config.ok) return badRequest(config.problem);
      if (bucket.notifications.size >= MAX_CONFIGS)
        return badRequest(`A bucket has at most ${MAX_CONFIGS} configurations`);
      state.addNotification(name, config.value);
      return json(configResource(name, config.value, request.origin));
    }
    default:
      return methodNotAllowed(request.method);
  }
}

export function notificationConfig(
  state: StorageState,
  bucket: HeldBucket,
  id: string,
  request: StorageRequest,
): Reply {
  const { name } = bucket.properties;
  const config = bucket.notifications.get(id);
  if (config === undefined) return notFound(`The specified notification configuration does not exist: ${name}/${id}`);
  switch (request.method) {
    case 'GET':
      return json(configResource(name, config, request.origin));
    case 'DELETE':
      state.deleteNotification(name, id);
      return NO_CONTENT;
    default:
      return methodNotAllowed(request.method);
  }
}

function configResource(bucket: string, config: NotificationConfig, origin: string): Record<string, unknown> {
  const selfLink = `${origin}/storage/v1/b/${encodeURIComponent(bucket)}/notificationConfigs/${config.id}`;
  return { kind: 'storage#notification', selfLink, etag: config.id, ...config };
}
