import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BENCHES } from '../../bench/benches.ts';
import { replaceBlock } from '../../bench/blocks.ts';

const DOCUMENT = `# Performance

<!-- bench drain -->

old

<!-- end of bench -->

words between

<!-- bench cost -->
<!-- end of bench -->
`;

test('the block of one bench is replaced, and nothing else', () => {
  const replaced = replaceBlock(DOCUMENT, 'drain', '| new |\n');
  expect(replaced).toBe(DOCUMENT.replace('\nold\n', '\n| new |\n'));
});

test('an empty block is filled, and filling it again changes nothing', () => {
  const filled = replaceBlock(DOCUMENT, 'cost', '| table |') ?? '';
  expect(filled).toContain('<!-- bench cost -->\n\n| table |\n\n<!-- end of bench -->');
  expect(replaceBlock(filled, 'cost', '| table |')).toBe(filled);
});

test('a document without the block, or with one that never ends, is left alone', () => {
  expect(replaceBlock(DOCUMENT, 'peers', 'x')).toBeUndefined();
  expect(replaceBlock('<!-- bench drain -->', 'drain', 'x')).toBeUndefined();
});

test.for(Object.keys(BENCHES))('docs/performance.md has a place for the tables of %s', (name) => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/performance.md'), 'utf8');
  expect(replaceBlock(document, name, 'tables')).toContain(`<!-- bench ${name} -->\n\ntables\n`);
});
