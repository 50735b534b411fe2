import { expect, test } from 'vitest';
import { parseTraceparent } from '../../../queue/core/traceparent.ts';

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a W3C trace context is kept', () => {
  expect(parseTraceparent(VALID)).toBe(VALID);
});

test.for([
  '',
  'ü',
  `${VALID}\n`,
  VALID.toUpperCase(),
  `01${VALID.slice(2)}`,
  VALID.replace(/[1-9a-f]/g, '0'),
  7,
  undefined,
])('%j is none, and no header is made of it', (value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});
