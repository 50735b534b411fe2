import { html } from 'hono/html';
import { z } from 'zod';
import type { Kind, KindSet } from '../../resources/core/kind.ts';
import { isRecord } from '../../resources/core/merge-patch.ts';

interface Field {
  readonly path: string;
  readonly rule: string;
  readonly required: boolean;
}

/** The documentation for people, from nothing but this process. */
export function docsPage(kinds: KindSet) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <link rel="icon" href="data:," />
        <title>Resources</title>
        <style>
          body {
            font:
              15px/1.5 system-ui,
              sans-serif;
            margin: 2rem auto;
            max-width: 60rem;
            padding: 0 1rem;
          }
          code,
          pre {
            font-family: ui-monospace, monospace;
            font-size: 0.9em;
          }
          pre {
            background: #f4f4f4;
            overflow-x: auto;
            padding: 0.8rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          td,
          th {
            border-bottom: 1px solid #ddd;
            padding: 0.25rem 0.6rem 0.25rem 0;
            text-align: left;
            vertical-align: top;
          }
          section {
            border-top: 2px solid #444;
            margin-top: 2.5rem;
          }
        </style>
      </head>
      <body>
        <h1>Resources</h1>
        <p>
          Declare what you want; reconcilers see to it and say in the status how far they are. The same as a document
          for programs:
          <a href="/openapi.json">/openapi.json</a>.
        </p>
        <p>
          Lists take <code>labelSelector</code>, <code>fieldSelector</code>, <code>owner</code>, <code>limit</code> and
          <code>after</code>. An answer has an <code>ETag</code>; a write with <code>If-Match</code> is made to that
          version or not at all (412). Errors are <code>{"error": "...", "code": 400}</code>. A field with * is required
          in a spec, and always there in a status.
        </p>
        <ul>
          ${kinds.all.map(({ name, plural, description }) => html`<li><a href="#${name}">${name}</a> <code>/${plural}</code> ${description}</li>`)}
        </ul>
        ${kinds.all.map(section)}
      </body>
    </html>`;
}

function section(kind: Kind) {
  const { name, plural, description, history } = kind;
  const routes = [
    ['GET', '', 'all of them'],
    ['POST', '', 'declare one: its name, and the fields of the spec beside it'],
    ['GET', '/{uid}', 'one'],
    ['PUT', '/{uid}', 'replace the spec'],
    ['PATCH', '/{uid}', 'change the spec: merge patch, JSON patch, or shorthand'],
    ['DELETE', '/{uid}', 'delete it, what it has first'],
    ['PUT', '/{uid}/status', 'replace the status'],
    ['PATCH', '/{uid}/status', 'change the status'],
    ...(history ? [['GET', '/{uid}/versions', 'the specs that were replaced']] : []),
  ];
  return html`<section id="${name}">
    <h2>${name}</h2>
    <p>${description}</p>
    <table>
      ${routes.map(
        ([method, path, what]) =>
          html`<tr>
            <td><code>${method} /${plural}${path}</code></td>
            <td>${what}</td>
          </tr>`,
      )}
    </table>
    <h3>Spec</h3>
    ${table(fieldsOf(kind.specSchema, 'input'))}
    <h3>Status</h3>
    ${table(fieldsOf(kind.statusSchema, 'output'))}
  </section>`;
}

function table(fields: readonly Field[]) {
  return html`<table>
    ${fields.map(
      ({ path, rule, required }) =>
        html`<tr>
          <td><code>${path}</code>${required ? ' *' : ''}</td>
          <td>${rule}</td>
        </tr>`,
    )}
  </table>`;
}

function fieldsOf(schema: z.ZodObject, io: 'input' | 'output'): Field[] {
  return fieldsIn(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
}

function fieldsIn(schema: unknown, above = ''): Field[] {
  if (!isRecord(schema) || !isRecord(schema['properties'])) return [];
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries(schema['properties']).flatMap(([name, field]) => {
    const path = `${above}${name}`;
    return [{ path, rule: ruleOf(field), required: required.includes(name) }, ...fieldsIn(field, `${path}.`)];
  });
}

function ruleOf(field: unknown): string {
  if (!isRecord(field)) return '';
  const { type, minimum, maximum, enum: values, description } = field;
  const least = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? `from ${minimum}` : '';
  const most = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? `to ${maximum}` : '';
  const words = Array.isArray(values) ? `one of: ${values.join(' ')}` : typeof type === 'string' ? type : '';
  return [words, least, most, typeof description === 'string' ? `(${description})` : '']
    .filter((word) => word !== '')
    .join(' ');
}
