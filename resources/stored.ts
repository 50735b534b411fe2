import { QueueError } from '../queue/errors.ts';
import { invalid } from './errors.ts';
import { problemsOfLabels } from './core/labels.ts';
import { ATTRIBUTE } from './core/layout.ts';
import type { Kind } from './core/kind.ts';
import { isRecord } from './core/merge-patch.ts';
import { check } from './core/problems.ts';
import type { Resource } from './core/resource.ts';
import type { DocumentContent, StoredDocument } from './ports/documents.ts';

/** Names are for people: identity is the UID. */
export const MAX_NAME = 253;

/**
 * The resource in a document. What lies there was checked when it was written; it is not checked again, so that what an older schema
 * let pass can still be read and mended. Throws `QueueError` `corrupt` where it is no resource of this kind at all.
 */
export function decode(kind: Kind, uid: string, { name, generation, body }: StoredDocument): Resource {
  const metadata = isRecord(body) ? body['metadata'] : undefined;
  if (!isRecord(body) || !isRecord(metadata) || body['kind'] !== kind.name || metadata['uid'] !== uid) {
    throw new QueueError('corrupt', `the document is not the resource of its name: name=${JSON.stringify(name)}`);
  }
  return {
    ...(body as unknown as Resource),
    status: body['status'] ?? {},
    metadata: { ...(metadata as unknown as Resource['metadata']), resourceVersion: generation },
  };
}

/** The document of a resource. Its version is the generation of the object, and not in it. */
export function encode(kind: Kind, resource: Resource): DocumentContent {
  const { resourceVersion: _version, ...metadata } = resource.metadata;
  const index = Object.fromEntries(
    Object.entries(kind.indexOf(resource.spec)).filter(([, value]) => value !== undefined),
  );
  const attributes = {
    ...(metadata.labels && { [ATTRIBUTE.labels]: JSON.stringify(metadata.labels) }),
    ...(Object.keys(index).length > 0 && { [ATTRIBUTE.index]: JSON.stringify(index) }),
  };
  return { body: plain({ ...resource, metadata }), attributes };
}

/** As JSON has it: without what is `undefined`. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The same resource with its spec and status as the schemas make them. Throws `Invalid` with every problem there is. */
export function checked(kind: Kind, resource: Resource, parts: readonly ('spec' | 'status')[]): Resource {
  const { name, labels, annotations } = resource.metadata;
  const spec = parts.includes('spec') ? check(kind.specSchema, plain(resource.spec)) : accepted(resource.spec);
  const status = parts.includes('status')
    ? check(kind.statusSchema, plain(resource.status))
    : accepted(resource.status);
  const problems = [
    ...(typeof name === 'string' && name !== '' ? [] : ['name is required']),
    ...(typeof name === 'string' && name.length > MAX_NAME ? [`name must be at most ${MAX_NAME} characters long`] : []),
    ...problemsOfTexts('labels', labels),
    ...problemsOfTexts('annotations', annotations),
    ...(spec.ok ? [] : spec.problems),
    ...(status.ok ? [] : status.problems.map((problem) => `status.${problem}`)),
  ];
  if (problems.length > 0 || !spec.ok || !status.ok) throw invalid(problems);
  return plain({ ...resource, spec: spec.value, status: status.value as Resource['status'] });
}

function accepted(value: unknown) {
  return { ok: true, value } as const;
}

function problemsOfTexts(field: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (isRecord(value) && Object.values(value).every((each) => typeof each === 'string')) {
    return field === 'labels' ? problemsOfLabels(value as Record<string, string>) : [];
  }
  return [`${field} must be an object of strings`];
}
