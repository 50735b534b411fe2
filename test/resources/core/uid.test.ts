import { expect, test } from 'vitest';
import { childUid, eventId, prefixOfUid, randomUid } from '../../../resources/core/uid.ts';

test('a UID is its prefix and 8 hex digits; 12 and 16 are for collisions', () => {
  expect(randomUid('rack', 'chance')).toMatch(/^rack-[0-9a-f]{8}$/);
  for (const uid of ['rack-0123abcd', 'rack-0123abcd0123', 'rack-0123abcd0123abcd'])
    expect(prefixOfUid(uid)).toBe('rack');
  for (const uid of [
    'rack-0123abc',
    'rack-0123ABCD',
    'rack-0123abcd01',
    'rack0123abcd',
    'a-b-0123abcd',
    'rack-../abcd',
  ]) {
    expect(prefixOfUid(uid)).toBeUndefined();
  }
});

test('a child has the same UID every time, of its parent, its kind and its number', () => {
  const uid = childUid('chas', 'rack-00000001', 'Chassis', 0, 8);
  expect(childUid('chas', 'rack-00000001', 'Chassis', 0, 8)).toBe(uid);
  expect(childUid('chas', 'rack-00000001', 'Chassis', 0, 12)).toMatch(new RegExp(`^${uid}[0-9a-f]{4}$`));
  const others = [
    childUid('chas', 'rack-00000001', 'Chassis', 1, 8),
    childUid('chas', 'rack-00000002', 'Chassis', 0, 8),
    childUid('chas', 'rack-00000001', 'Blade', 0, 8),
  ];
  expect(new Set([uid, ...others]).size).toBe(4);
});

test('an event has an id of its own', () => {
  expect(eventId('a')).toMatch(/^evt-[0-9a-f]{12}$/);
  expect(eventId('a')).not.toBe(eventId('b'));
});
