import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ResourceStore } from '../../resources/store.ts';
import { docsPage } from './docs-page.ts';
import { eventsRoute, type EventsRouteOptions } from './events-route.ts';
import { answerFailure, failure } from './failure.ts';
import { openApi } from './openapi.ts';
import { refuseOthers, resourceRoutes } from './resource-routes.ts';

export interface ApiOptions extends EventsRouteOptions {
  readonly store: ResourceStore;
  /** How `/health` calls it. */
  readonly service: string;
}

/** A resource is an object in a bucket that is read whole: a megabyte is much. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The API of all kinds of a store. */
export function api(options: ApiOptions): Hono {
  const { store, service, journal } = options;
  const app = new Hono({ strict: false });
  app.onError((error, context) => answerFailure(context, error, journal));
  app.notFound((context) => failure(context, 404, `there is nothing at ${context.req.method} ${context.req.path}`));
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) => failure(context, 413, `the body is longer than ${MAX_BODY_BYTES} bytes`),
    }),
  );
  app.get('/health', (context) => context.json({ status: 'healthy', service }));
  const document = openApi(store.kinds);
  app.get('/openapi.json', (context) => context.json(document));
  app.get('/docs', (context) => context.html(docsPage(store.kinds)));
  app.post('/events', eventsRoute(options));
  for (const path of ['/health', '/openapi.json', '/docs']) refuseOthers(app, path, ['GET']);
  refuseOthers(app, '/events', ['POST']);
  for (const kind of store.kinds.all) app.route(`/${kind.plural}`, resourceRoutes(store, kind));
  return app;
}
