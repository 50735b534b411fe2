import { z } from 'zod';
import type { Kind, KindSet } from '../../resources/core/kind.ts';
import { MAX_NAME } from '../../resources/stored.ts';
import { PATCH_TYPES } from './patches.ts';

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (schema: Json, types: readonly string[] = ['application/json']): Json => ({
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
});
const text = (
  description: string,
  name: string,
  place: 'query' | 'path' | 'header',
  schema: Json = { type: 'string' },
): Json => ({
  name,
  in: place,
  description,
  schema,
  ...(place === 'path' && { required: true }),
});

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request breaks rules; all of them are named',
  404: 'There is no such resource',
  405: 'Of any other method: Allow names those that this path has',
  412: 'The resource has changed since If-Match saw it',
  413: 'The body is longer than a megabyte',
  415: 'A patch of this type is not known',
  422: 'The patch does not apply, or leads to what breaks rules',
  503: 'The store cannot be reached: try again',
};

const listParameters = ({ indexNames }: Kind): readonly Json[] => [
  text('Labels, such as rack=rack-0123abcd,tier!=cold,site,!old', 'labelSelector', 'query'),
  ...(indexNames.length === 0
    ? []
    : [
        text(
          `Values to look up by, such as ${indexNames[0]}=value; of: ${indexNames.join(' ')}`,
          'fieldSelector',
          'query',
        ),
      ]),
  text('UID of an owner', 'owner', 'query'),
  text('At most this many; a Link header leads to the rest', 'limit', 'query', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
  }),
  text('Only those behind this UID', 'after', 'query'),
];
const IF_MATCH = text('Only if the resource still has this ETag', 'If-Match', 'header');

/** The OpenAPI 3.1 document of the kinds. */
export function openApi(kinds: KindSet): Json {
  const schemas = Object.assign({}, ENVELOPE, ...kinds.all.map(schemasOf)) as Json;
  const paths = Object.assign({}, ...kinds.all.map(pathsOf)) as Json;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Resources',
      version: 'v1',
      description: 'Declared resources; their status is what reconcilers see.',
    },
    servers: [{ url: '/' }],
    paths: { ...paths, '/events': EVENTS, '/health': HEALTH },
    components: { schemas },
  };
}

/** The answers to what fails, all in one form. */
function failures(codes: readonly number[]): Json {
  return Object.fromEntries(codes.map((code) => [code, { description: ERRORS[code], ...content(ref('Error')) }]));
}

const HEALTH: Json = {
  get: {
    operationId: 'health',
    summary: 'Whether this service runs',
    responses: { 200: { description: 'It does' }, ...failures([405]) },
  },
};

const EVENTS: Json = {
  post: {
    operationId: 'takeEvent',
    summary: 'Queues the keys that subscriptions find in an event',
    description: 'A CloudEvent in binary or structured mode, or a push of Pub/Sub that carries one.',
    requestBody: {
      required: true,
      ...content({ type: 'object' }, ['application/json', 'application/cloudevents+json']),
    },
    responses: {
      204: { description: 'Taken, also where it leads nowhere' },
      ...failures([400, 405, 413, 503]),
    },
  },
};

const ENVELOPE: Json = {
  Metadata: {
    type: 'object',
    required: ['name', 'uid', 'createdAt', 'updatedAt', 'generation', 'resourceVersion'],
    properties: {
      name: { type: 'string' },
      uid: { type: 'string' },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      annotations: { type: 'object', additionalProperties: { type: 'string' } },
      createdAt: { type: 'string', format: 'date-time' },
      updatedAt: { type: 'string', format: 'date-time' },
      generation: { type: 'integer', description: 'Version of the spec' },
      resourceVersion: { type: 'string', description: 'Version of the whole; the ETag' },
      deletionTimestamp: { type: 'string', format: 'date-time' },
      finalizers: { type: 'array', items: { type: 'string' } },
      ownerReferences: {
        type: 'array',
        items: { type: 'object', properties: { kind: { type: 'string' }, uid: { type: 'string' } } },
      },
    },
  },
  Error: {
    type: 'object',
    required: ['error', 'code'],
    properties: { error: { type: 'string' }, code: { type: 'integer' } },
  },
};

function schemasOf(kind: Kind): Json {
  const { name } = kind;
  const input = schemaOf(kind.specSchema, 'input');
  const properties = (input['properties'] ?? {}) as Json;
  const required = (input['required'] as string[] | undefined) ?? [];
  const texts = { type: 'object', additionalProperties: { type: 'string' } };
  const aName = { type: 'string', maxLength: MAX_NAME };
  const flat = {
    type: 'object',
    properties: {
      name: aName,
      labels: texts,
      annotations: texts,
      ...properties,
    },
    additionalProperties: false,
  };
  return {
    [`${name}Spec`]: schemaOf(kind.specSchema, 'output'),
    [`${name}Status`]: schemaOf(kind.statusSchema, 'output'),
    [`${name}Request`]: {
      ...flat,
      description: 'The name and the fields of the spec, side by side',
      required: ['name', ...required],
      properties: { ...flat.properties, name: { ...aName, minLength: 1 } },
    },
    [`${name}Replacement`]: {
      ...flat,
      description: 'The fields of the spec, side by side; the name stays where none is given',
      required,
    },
    [name]: {
      type: 'object',
      description: kind.description,
      required: ['apiVersion', 'kind', 'schemaVersion', 'metadata', 'spec', 'status'],
      properties: {
        apiVersion: { const: 'v1' },
        kind: { const: name },
        schemaVersion: { const: 'v1' },
        metadata: ref('Metadata'),
        spec: ref(`${name}Spec`),
        status: ref(`${name}Status`),
      },
    },
  };
}

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

function pathsOf(kind: Kind): Json {
  const { name, plural } = kind;
  const one = ref(name);
  const uid = { parameters: [text(`UID of the ${name}`, 'uid', 'path')] };
  const operation = (id: string, summary: string, answer: Json, errors: readonly number[], rest: Json = {}): Json => ({
    operationId: `${id}${name}`,
    tags: [name],
    summary,
    ...rest,
    responses: {
      ...answer,
      ...failures([...errors, 405, ...(rest['requestBody'] === undefined ? [] : [413])]),
    },
  });
  const ok = (schema: Json, code = 200): Json => ({ [code]: { description: name, ...content(schema) } });
  const request = (schema: Json, types?: readonly string[]): Json => ({ required: true, ...content(schema, types) });
  const write = (body: Json): Json => ({ parameters: [IF_MATCH], requestBody: body });
  const patch = request({}, PATCH_TYPES);
  const deleted = { type: 'object', properties: { message: { type: 'string' }, uid: { type: 'string' } } };
  return {
    [`/${plural}`]: {
      get: operation('list', `All of kind ${name}`, ok({ type: 'array', items: one }), [400, 503], {
        parameters: listParameters(kind),
      }),
      post: operation('create', `Declares a ${name}`, ok(one, 201), [400, 503], {
        requestBody: request(ref(`${name}Request`)),
      }),
    },
    [`/${plural}/{uid}`]: {
      ...uid,
      get: operation('get', `One ${name}`, ok(one), [404, 503]),
      put: operation(
        'replace',
        'Replaces the spec',
        ok(one),
        [400, 404, 412, 503],
        write(request(ref(`${name}Replacement`))),
      ),
      patch: operation('patch', 'Changes the spec', ok(one), [400, 404, 412, 415, 422, 503], write(patch)),
      delete: operation('delete', `Deletes the ${name}, what it has first`, ok(deleted), [400, 404, 412, 503], {
        parameters: [IF_MATCH],
      }),
    },
    [`/${plural}/{uid}/status`]: {
      ...uid,
      put: operation(
        'replaceStatusOf',
        'Replaces the status',
        ok(one),
        [400, 404, 412, 503],
        write(request(ref(`${name}Status`))),
      ),
      patch: operation(
        'patchStatusOf',
        'Changes the status; removes nothing',
        ok(one),
        [400, 404, 412, 415, 422, 503],
        write(patch),
      ),
    },
    ...(kind.history && {
      [`/${plural}/{uid}/versions`]: {
        ...uid,
        get: operation(
          'listVersionsOf',
          'The specs that were replaced, oldest first',
          ok({ type: 'array' }),
          [404, 503],
        ),
      },
    }),
  };
}
