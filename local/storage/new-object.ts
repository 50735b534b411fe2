import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { Conditions } from '../../queue/stores/conditions.ts';
import { checksums } from './checksums.ts';
import { badRequest, refusal } from './errors.ts';
import { json, type Reply } from './reply.ts';
import { parseConditions, type StorageRequest } from './request.ts';
import { contentOf, objectResource, parseResource, type ResourceBody } from './resource.ts';
import type { HeldBucket } from './state.ts';

/** What an upload says about the object that it makes. */
export interface NewObject {
  readonly name: string;
  readonly resource: ResourceBody;
  readonly conditions: Conditions;
}

/** The name may stand in the query or in the resource; the query counts. */
export function parseNewObject(
  { query }: StorageRequest,
  body: Record<string, unknown>,
  mediaType: string | undefined,
): Parsed<NewObject> {
  const resource = parseResource(body);
  if (!resource.ok) return resource;
  const conditions = parseConditions(query);
  if (!conditions.ok) return conditions;
  const name = query.get('name') ?? resource.value.name;
  if (name === undefined) return refused('Required parameter: name');
  const contentType = resource.value.settings.contentType ?? mediaType ?? 'application/octet-stream';
  const settings = { ...resource.value.settings, contentType };
  return accepted({ name, resource: { ...resource.value, settings }, conditions: conditions.value });
}

/** Makes the object, if its data is what the client said it would be. */
export function makeObject(bucket: HeldBucket, made: NewObject, body: Uint8Array, origin: string): Reply {
  const { name, resource, conditions } = made;
  // A view of the request's body would keep all of the body in memory.
  const data = new Uint8Array(body);
  const sums = checksums(data);
  for (const sum of ['crc32c', 'md5Hash'] as const) {
    const said = resource[sum];
    if (said !== undefined && said !== sums[sum]) {
      return badRequest(`Provided ${sum} "${said}" doesn't match calculated ${sum} "${sums[sum]}".`);
    }
  }
  const answer = bucket.objects.insert(name, { ...contentOf(resource), data }, conditions);
  if (answer.kind !== 'ok') return refusal(answer, bucket.properties.name, name);
  return json(objectResource(bucket.properties.name, answer.object, origin));
}
