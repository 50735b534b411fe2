import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { Applied, CopyOrder, Refusal } from '../../queue/stores/bucket.ts';
import type { Conditions } from '../../queue/stores/conditions.ts';
import { badRequest, objectMissing, refusal } from './errors.ts';
import { within } from './fields.ts';
import { isLive } from './objects.ts';
import { json, type Reply } from './reply.ts';
import { parseConditions, parseJson, parseLong, type StorageRequest } from './request.ts';
import { contentOf, objectResource, parseResource } from './resource.ts';
import type { HeldBucket } from './state.ts';

interface Ends {
  readonly source: HeldBucket;
  readonly from: string;
  readonly target: HeldBucket;
  readonly to: string;
}

/** A rewrite is done in its first step here: objects are in memory. */
export function rewrite(ends: Ends, request: StorageRequest): Reply {
  const asked = { ...request, fields: within(request.fields ?? 'all', 'resource') };
  return copyWith(ends, asked, (resource, size) => ({
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: size,
    objectSize: size,
    done: true,
    resource,
  }));
}

export function copy(ends: Ends, request: StorageRequest): Reply {
  return copyWith(ends, request, (resource) => resource);
}

export function move(bucket: HeldBucket, from: string, to: string, request: StorageRequest): Reply {
  const ends = { source: bucket, from, target: bucket, to };
  const order = parseOrder(ends, request);
  return order.ok ? answered(ends, request, order.value, (it) => bucket.objects.move(it)) : badRequest(order.problem);
}

function copyWith(
  ends: Ends,
  request: StorageRequest,
  show: (resource: Record<string, unknown>, size: string) => unknown,
): Reply {
  const order = parseOrder(ends, request);
  if (!order.ok) return badRequest(order.problem);
  const body = parseJson(request.body, {});
  if (!body.ok) return badRequest(body.problem, 'parseError');
  const resource = parseResource(body.value);
  if (!resource.ok) return badRequest(resource.problem);
  // An empty resource copies the source's; any other replaces it altogether.
  const isEmpty = Object.keys(body.value).length === 0;
  const withContent = isEmpty ? order.value : { ...order.value, content: contentOf(resource.value) };
  const copyInto = (it: CopyOrder) => ends.target.objects.copy(ends.source.objects, it);
  return answered(ends, request, withContent, copyInto, show);
}

function parseOrder({ from, to }: Ends, { query }: StorageRequest): Parsed<CopyOrder> {
  const destination = parseConditions(query);
  if (!destination.ok) return destination;
  const source = parseConditions(query, 'source');
  if (!source.ok) return source;
  const clash = clashing(destination.value) ?? clashing(source.value);
  if (clash !== undefined) return refused(clash);
  return accepted({ from, to, source: source.value, destination: destination.value });
}

/** Of copies alone it is documented that a number cannot be asked to match and not to match at once (Objects: rewrite). */
function clashing(conditions: Conditions): string | undefined {
  for (const number of ['Generation', 'Metageneration'] as const) {
    if (conditions[`if${number}Match`] !== undefined && conditions[`if${number}NotMatch`] !== undefined) {
      return `A request cannot hold both if${number}Match and if${number}NotMatch`;
    }
  }
  return undefined;
}

function answered(
  { source, from, target, to }: Ends,
  { query, origin, fields }: StorageRequest,
  order: CopyOrder,
  apply: (order: CopyOrder) => Applied | Refusal,
  show: (resource: Record<string, unknown>, size: string) => unknown = (resource) => resource,
): Reply {
  const generation = parseLong(query, 'sourceGeneration');
  if (!generation.ok) return badRequest(generation.problem);
  if (!isLive(source, from, generation.value)) return objectMissing(source.properties.name, from);
  const answer = apply(order);
  if (answer.kind === 'missing') return objectMissing(source.properties.name, from);
  if (answer.kind !== 'ok') return refusal(answer, target.properties.name, to);
  const { object } = answer;
  return json(show(objectResource(target.properties.name, object, origin, fields), String(object.data.length)));
}
