import { expect, test } from 'vitest';
import { placeOf } from '../../../examples/mirror/place.ts';

test('a key is a relative path', () => {
  expect(placeOf('a/b c/é.txt')).toEqual({ ok: true, segments: ['a', 'b c', 'é.txt'] });
  expect(placeOf('...')).toMatchObject({ ok: true });
  expect(placeOf('a\\..\\b')).toMatchObject({ ok: true });
});

test.each(['../x', 'a/../../x', '..', '.', './a', '/etc/passwd', 'a//b', 'a/', '', 'a/./b'])(
  'a key that leads elsewhere or is not in normal form is refused: %j',
  (key) => {
    expect(placeOf(key)).toMatchObject({ ok: false, problem: expect.stringContaining('normal form') });
  },
);

test('the names of half-written copies are reserved', () => {
  expect(placeOf('.levelset-mirror-1')).toMatchObject({ ok: false, problem: expect.stringContaining('reserved') });
  expect(placeOf('a/.levelset-mirror-1')).toMatchObject({ ok: true });
});
