import { type Context, Hono } from 'hono';
import type { Kind } from '../../resources/core/kind.ts';
import type { Resource } from '../../resources/core/resource.ts';
import { ResourceError } from '../../resources/errors.ts';
import type { ResourceStore } from '../../resources/store.ts';
import { readFlat, readJson, readObject } from './bodies.ts';
import { etagOf, isKnown, wantedVersion } from './etag.ts';
import { Refusal } from './failure.ts';
import { parsePatch, removedFields } from './patches.ts';
import { listQuery } from './queries.ts';

/** The routes of one kind, below its collection. */
export function resourceRoutes(store: ResourceStore, kind: Kind): Hono {
  const routes = new Hono();
  const uidOf = (context: Context) => context.req.param('uid') ?? '';
  const conditional = async (context: Context) => {
    const ifVersion = await wantedVersion(context, store, kind, uidOf(context));
    return ifVersion === undefined ? {} : { ifVersion };
  };

  routes.get('/', async (context) => {
    const query = listQuery(context);
    const { items, next } = await store.list(kind, query);
    if (next !== undefined) {
      const url = new URL(context.req.url);
      url.searchParams.set('after', next);
      context.header('link', `<${url.pathname}${url.search}>; rel="next"`);
    }
    return context.json(items);
  });

  routes.post('/', async (context) => {
    const { name = '', spec, labels, annotations } = await readFlat(context);
    const made = await store.create(kind, { name, spec, labels, annotations });
    context.header('location', `/${kind.plural}/${made.metadata.uid}`);
    return shown(context, made, 201);
  });

  routes.get('/:uid', async (context) => {
    const found = await store.get(kind, uidOf(context));
    if (!isKnown(context, found)) return shown(context, found);
    return context.body(null, 304, { etag: etagOf(found) });
  });

  routes.put('/:uid', async (context) => {
    const { name, spec, labels, annotations } = await readFlat(context);
    const options = await conditional(context);
    const edit = ({ metadata }: Resource) => ({
      spec,
      ...(name !== undefined && name !== '' && { name }),
      ...(labels && { labels: { ...metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
    });
    return shown(context, await store.update(kind, uidOf(context), edit, options));
  });

  routes.patch('/:uid', async (context) => {
    const patch = await patchIn(context);
    const options = { ...(await conditional(context)), patchType: patch.type };
    const edit = ({ spec }: Resource) => ({ spec: patch.apply(spec as Record<string, unknown>) });
    return shown(context, await unprocessable(store.update(kind, uidOf(context), edit, options)));
  });

  routes.put('/:uid/status', async (context) => {
    const status = await readObject(context);
    return shown(context, await store.updateStatus(kind, uidOf(context), () => status, await conditional(context)));
  });

  routes.patch('/:uid/status', async (context) => {
    const patch = await patchIn(context);
    const options = await conditional(context);
    const change = (status: object) => {
      const patched = patch.apply(status as Record<string, unknown>);
      const removed = removedFields(status, patched);
      if (removed.length > 0) throw new Refusal(422, `a patch may not remove fields of a status: ${removed.join(' ')}`);
      return patched;
    };
    return shown(context, await unprocessable(store.updateStatus(kind, uidOf(context), change, options)));
  });

  routes.delete('/:uid', async (context) => {
    const uid = uidOf(context);
    await store.get(kind, uid);
    const left = await store.delete(kind, uid, await conditional(context));
    const message =
      left === 'gone' ? `${kind.name} deleted successfully` : `${kind.name} is being deleted: what it has goes first`;
    return context.json({ message, uid });
  });

  if (kind.history) {
    routes.get('/:uid/versions', async (context) => context.json(await store.history(kind, uidOf(context))));
    refuseOthers(routes, '/:uid/versions', ['GET']);
  }
  refuseOthers(routes, '/', ['GET', 'POST']);
  refuseOthers(routes, '/:uid', ['GET', 'PUT', 'PATCH', 'DELETE']);
  refuseOthers(routes, '/:uid/status', ['PUT', 'PATCH']);
  return routes;
}

/** What comes here is there, but not for this method. */
export function refuseOthers(routes: Hono, path: string, allowed: readonly string[]): void {
  routes.all(path, (context) => {
    context.header('allow', allowed.join(', '));
    throw new Refusal(405, `${context.req.method} is not for ${context.req.path}: allowed are ${allowed.join(' ')}`);
  });
}

async function patchIn(context: Context) {
  return parsePatch(context.req.header('content-type') ?? '', await readJson(context));
}

function shown(context: Context, resource: Resource, status: 200 | 201 = 200): Response {
  return context.json(resource, status, { etag: etagOf(resource) });
}

/** A patch that is well-formed, but leads to what breaks rules. */
async function unprocessable<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof ResourceError && error.kind === 'Invalid')
      throw new Refusal(422, `validation failed: ${error.message}`);
    throw error;
  }
}
