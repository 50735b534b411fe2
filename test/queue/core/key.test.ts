import { describe, expect, test } from 'vitest';
import { MAX_DELAY_SECONDS, MAX_PRIORITY, parseEnqueue } from '../../../queue/core/enqueue.ts';
import { parseKey, utf8Length } from '../../../queue/core/key.ts';
import { deadLetterName, inProgressName, keyOf, PREFIX, queuedName } from '../../../queue/core/layout.ts';
import { ODD_KEYS } from '../../support/odd-keys.ts';

describe('a key', () => {
  test.for(ODD_KEYS)('may be %j', (key) => {
    expect(parseKey(key)).toEqual({ ok: true, value: key });
    expect(utf8Length(key)).toBe(Buffer.byteLength(key));
  });

  test.for([
    ['', 'empty'],
    ['.', '"." or ".."'],
    ['..', '"." or ".."'],
    ['k'.repeat(1001), 'longer than 1000 bytes'],
    ['ü'.repeat(501), 'longer than 1000 bytes'],
    ['a\nb', 'control character'],
    ['a\rb', 'control character'],
    ['a\u0000b', 'control character'],
    ['a\u007fb', 'control character'],
    ['a\u0085b', 'control character'],
    ['\ud800', 'not valid UTF-8'],
    ['a\udc00b', 'not valid UTF-8'],
  ] as const)('may not be %j', ([key, rule]) => {
    const parsed = parseKey(key);
    expect(parsed.ok ? '' : parsed.problem).toContain(rule);
  });

  test('is found in the names of its objects, and nothing else is', () => {
    for (const key of ODD_KEYS) {
      const parsed = parseKey(key);
      if (!parsed.ok) throw new Error(parsed.problem);
      expect(keyOf(queuedName(parsed.value), PREFIX.queued)).toEqual(parsed);
      expect(keyOf(inProgressName(parsed.value), PREFIX.inProgress)).toEqual(parsed);
      expect(keyOf(deadLetterName(parsed.value), PREFIX.deadLetter)).toEqual(parsed);
    }
    expect(keyOf('queued/', PREFIX.queued).ok).toBe(false);
    expect(keyOf('other/k', PREFIX.queued).ok).toBe(false);
  });
});

describe('an enqueue', () => {
  test('has a priority and a delay of 0 unless it says otherwise', () => {
    expect(parseEnqueue({ key: 'k' })).toEqual({ ok: true, value: { key: 'k', priority: 0, delaySeconds: 0 } });
  });

  test('may go to the limits', () => {
    const input = { key: 'k', priority: BigInt(MAX_PRIORITY), delaySeconds: MAX_DELAY_SECONDS };
    expect(parseEnqueue(input)).toEqual({
      ok: true,
      value: { key: 'k', priority: MAX_PRIORITY, delaySeconds: MAX_DELAY_SECONDS },
    });
  });

  test.for([
    [{ priority: -1 }, 'priority must be a whole number from 0 to 99999999: priority=-1'],
    [{ priority: MAX_PRIORITY + 1 }, 'priority=100000000'],
    [{ priority: 1.5 }, 'priority=1.5'],
    [{ priority: Number.NaN }, 'priority=NaN'],
    [{ delaySeconds: -1 }, 'delay_seconds must be a whole number from 0 to 31536000: delay_seconds=-1'],
    [{ delaySeconds: MAX_DELAY_SECONDS + 1 }, 'delay_seconds=31536001'],
    [{ delaySeconds: 2n ** 63n - 1n }, 'delay_seconds=9223372036854775807'],
  ] as const)('with %o names the rule it breaks', ([input, rule]) => {
    const parsed = parseEnqueue({ key: 'k', ...input });
    expect(parsed.ok ? '' : parsed.problem).toContain(rule);
  });
});
