import { unmet } from '../../queue/stores/conditions.ts';
import { ANY, type Shape } from './fields.ts';
import { badRequest, conditionNotMet, conflict, methodNotAllowed } from './errors.ts';
import type { BucketProperties } from './records.ts';
import { json, NO_CONTENT, type Reply } from './reply.ts';
import { parseConditions, parseJson, type StorageRequest } from './request.ts';
import type { HeldBucket, StorageState } from './state.ts';

export const BUCKETS_SHAPE: Shape = { kind: ANY, items: ANY, nextPageToken: ANY, unreachable: ANY };

/** 3 to 63 characters, with dots up to 222; letters and digits at both ends. */
const NAME = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

export function buckets(state: StorageState, request: StorageRequest): Reply {
  switch (request.method) {
    case 'GET': {
      const prefix = request.query.get('prefix') ?? '';
      const found = state.buckets().filter(({ properties }) => properties.name.startsWith(prefix));
      const items = found.map(({ properties }) => bucketResource(properties, request.origin));
      return json({ kind: 'storage#buckets', ...(items.length > 0 && { items }) });
    }
    case 'POST':
      return create(state, request);
    default:
      return methodNotAllowed(request.method);
  }
}

export function bucket(state: StorageState, held: HeldBucket, request: StorageRequest): Reply {
  const { properties } = held;
  const conditions = parseConditions(request.query);
  if (!conditions.ok) return badRequest(conditions.problem);
  // A bucket has a metageneration only.
  const condition = unmet(conditions.value, { generation: '1', metageneration: String(properties.metageneration) });
  if (condition) return conditionNotMet(condition);
  switch (request.method) {
    case 'GET':
      return json(bucketResource(properties, request.origin));
    case 'PATCH':
    case 'PUT': {
      const body = parseJson(request.body);
      if (!body.ok) return badRequest(body.problem, 'parseError');
      const base = request.method === 'PATCH' ? properties.settings : {};
      const settings = Object.entries({ ...base, ...body.value }).filter(([, value]) => value !== null);
      return json(bucketResource(state.changeBucket(properties, Object.fromEntries(settings)), request.origin));
    }
    case 'DELETE':
      if (held.objects.size > 0) return conflict('The bucket you tried to delete is not empty.');
      state.deleteBucket(properties.name);
      return NO_CONTENT;
    default:
      return methodNotAllowed(request.method);
  }
}

/** gcloud asks whether a bucket has real folders before it moves something in it. */
export function layout({ properties }: HeldBucket): Reply {
  const { name } = properties;
  return json({ kind: 'storage#storageLayout', bucket: name, location: 'US', locationType: 'multi-region' });
}

function create(state: StorageState, request: StorageRequest): Reply {
  const body = parseJson(request.body);
  if (!body.ok) return badRequest(body.problem, 'parseError');
  const { name, ...settings } = body.value;
  if (typeof name !== 'string' || !NAME.test(name)) return badRequest(`Invalid bucket name: '${String(name)}'`);
  if (state.bucket(name))
    return conflict('Your previous request to create the named bucket succeeded and you already own it.');
  return json(bucketResource(state.createBucket(name, settings), request.origin));
}

function bucketResource(properties: BucketProperties, origin: string): Record<string, unknown> {
  const { name, settings, metageneration } = properties;
  return {
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'inherited' },
    ...settings,
    kind: 'storage#bucket',
    id: name,
    name,
    selfLink: `${origin}/storage/v1/b/${encodeURIComponent(name)}`,
    projectNumber: '0',
    metageneration: String(metageneration),
    etag: Buffer.from(`${name}/${metageneration}`).toString('base64'),
    timeCreated: new Date(properties.createdMs).toISOString(),
    updated: new Date(properties.updatedMs).toISOString(),
  };
}
