import type { Applied, BucketObject, Refusal } from '../../queue/stores/bucket.ts';
import type { Conditions } from '../../queue/stores/conditions.ts';
import { MAX_PAGE } from '../../queue/stores/listing.ts';
import { badRequest, methodNotAllowed, notImplemented, objectMissing, refusal } from './errors.ts';
import { within } from './fields.ts';
import { media } from './media.ts';
import { json, NO_CONTENT, type Reply } from './reply.ts';
import { parseConditions, parseJson, parseLong, type StorageRequest } from './request.ts';
import { contentOf, objectResource, parseResource } from './resource.ts';
import type { HeldBucket } from './state.ts';

/** One object: metadata, data, changes, deletion. */
export function object(
  bucket: HeldBucket,
  name: string,
  request: StorageRequest,
  alt = request.query.get('alt'),
): Reply {
  const conditions = parseConditions(request.query);
  if (!conditions.ok) return badRequest(conditions.problem);
  const generation = parseLong(request.query, 'generation');
  if (!generation.ok) return badRequest(generation.problem);
  if (!isLive(bucket, name, generation.value)) return objectMissing(bucket.properties.name, name);

  switch (request.method) {
    case 'GET':
      return read(bucket, name, conditions.value, (found) =>
        alt === 'media' ? media(found, request.headers.range) : shown(bucket, found, request),
      );
    case 'PATCH':
    case 'PUT':
      return change(bucket, name, conditions.value, request);
    case 'DELETE': {
      const answer = bucket.objects.delete(name, conditions.value);
      return answer.kind === 'ok' ? NO_CONTENT : refusal(answer, bucket.properties.name, name);
    }
    default:
      return methodNotAllowed(request.method);
  }
}

/** There are no old versions, so a generation that is not the live one is one that is gone. */
export function isLive(bucket: HeldBucket, name: string, generation: string | undefined): boolean {
  if (generation === undefined) return true;
  const current = bucket.objects.get(name);
  return current.kind === 'ok' && current.object.generation === generation;
}

export function list(bucket: HeldBucket, request: StorageRequest): Reply {
  const { query } = request;
  for (const name of ['matchGlob', 'softDeleted', 'filter']) {
    if (query.has(name)) return notImplemented(`This emulator does not know the list parameter ${name}`);
  }
  const maxResults = parseLong(query, 'maxResults');
  if (!maxResults.ok) return badRequest(maxResults.problem);
  const answer = bucket.objects.list({
    ...texts(query, ['prefix', 'delimiter', 'startOffset', 'endOffset', 'pageToken']),
    // The real store takes 0 as not given.
    maxResults: Number(maxResults.value ?? 0) || MAX_PAGE,
    includeTrailingDelimiter: query.get('includeTrailingDelimiter') === 'true',
  });
  if (answer.kind === 'invalid') return badRequest(answer.reason);
  const { objects, prefixes, nextPageToken } = answer;
  const asked = within(request.fields ?? 'all', 'items');
  return json({
    kind: 'storage#objects',
    ...(nextPageToken !== undefined && { nextPageToken }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(objects.length > 0 && {
      items: objects.map((found) => objectResource(bucket.properties.name, found, request.origin, asked)),
    }),
  });
}

function read(bucket: HeldBucket, name: string, conditions: Conditions, show: (found: BucketObject) => Reply): Reply {
  const answer = bucket.objects.get(name, conditions);
  if (answer.kind === 'ok') return show(answer.object);
  return refusal(answer, bucket.properties.name, name);
}

/** PATCH merges, PUT replaces. */
function change(bucket: HeldBucket, name: string, conditions: Conditions, request: StorageRequest): Reply {
  const body = parseJson(request.body);
  if (!body.ok) return badRequest(body.problem, 'parseError');
  const resource = parseResource(body.value);
  if (!resource.ok) return badRequest(resource.problem);
  const answer: Applied | Refusal =
    request.method === 'PATCH'
      ? bucket.objects.patch(name, resource.value, conditions)
      : bucket.objects.update(name, contentOf(resource.value), conditions);
  if (answer.kind !== 'ok') return refusal(answer, bucket.properties.name, name);
  return shown(bucket, answer.object, request);
}

function shown(bucket: HeldBucket, found: BucketObject, request: StorageRequest): Reply {
  return json(objectResource(bucket.properties.name, found, request.origin, request.fields));
}

function texts<N extends string>(query: URLSearchParams, names: readonly N[]): Partial<Record<N, string>> {
  const found: Partial<Record<N, string>> = {};
  for (const name of names) {
    const value = query.get(name);
    if (value) found[name] = value;
  }
  return found;
}
