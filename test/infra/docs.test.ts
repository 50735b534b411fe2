import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingsFor, settingsWithResources } from '../support/infra-settings.ts';
import { ROOT } from '../support/source-graph.ts';
import { Scratch, synthesize } from '../support/terraform/workspace.ts';

/** Rows `| kind | ids | ... |` of the table, ids as patterns: words in capitals stand for anything. */
function tableOfResources() {
  const text = readFileSync(join(ROOT, 'docs/deploying.md'), 'utf8');
  return [...text.matchAll(/^\| `(google_\w+)` \| (.+?) \|/gm)].flatMap(([, kind, ids]) =>
    [...ids!.matchAll(/`([^`]+)`/g)].map(([, id]) => ({
      kind: kind!,
      id: id!,
      pattern: new RegExp(`^${id!.replaceAll(/[A-Z]+/g, '[\\w-]+')}$`),
    })),
  );
}

function idsOfTheExample() {
  using scratch = new Scratch();
  const example = Object.values(synthesize(settingsFor(2), join(scratch.path, '1')));
  const withResources = Object.values(synthesize(settingsWithResources(), join(scratch.path, '2')));
  return [...example, ...withResources].flatMap(({ resource = {} }) =>
    Object.entries(resource).flatMap(([kind, resources]) => Object.keys(resources).map((id) => ({ kind, id }))),
  );
}

test('each resource of the example is in the table of docs/deploying.md, and each row of it is made', () => {
  const rows = tableOfResources();
  const made = idsOfTheExample();
  const unknown = made.filter(({ kind, id }) => !rows.some((row) => row.kind === kind && row.pattern.test(id)));
  expect(unknown).toEqual([]);
  const unused = rows.filter((row) => !made.some(({ kind, id }) => row.kind === kind && row.pattern.test(id)));
  expect(unused.map(({ kind, id }) => `${kind} ${id}`)).toEqual([]);
});
