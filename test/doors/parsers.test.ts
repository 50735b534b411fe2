import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../catalogue/environment.ts';
import { parseContentRange } from '../../local/storage/content-range.ts';
import { ANY, parseFields } from '../../local/storage/fields.ts';
import { parseMultipart } from '../../local/storage/multipart.ts';
import { parsePath } from '../../local/storage/paths.ts';
import { parseFilter } from '../../local/pubsub/filter.ts';
import { decodeEntry, encodeEntry } from '../../queue/core/entry.ts';
import { parseEnqueue } from '../../queue/core/enqueue.ts';
import { parseHint } from '../../queue/core/hint.ts';
import { parseKey } from '../../queue/core/key.ts';
import { META, PREFIX, keyOf } from '../../queue/core/layout.ts';
import { parseOwner } from '../../queue/core/lease.ts';
import { decodeLock, isLapsed } from '../../queue/core/lock.ts';
import { isPaused, PAUSE_META } from '../../queue/core/pause.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import { dispatcherConfig } from '../../services/dispatcher/config.ts';
import { parsePush } from '../../services/dispatcher/push.ts';
import { parseTrigger } from '../../services/dispatcher/trigger.ts';
import { receiverConfig } from '../../services/receiver/config.ts';
import { parseEnvelope } from '../../services/ingress/envelope.ts';
import { route } from '../../services/ingress/route.ts';
import { DEFAULT_RULES, ingressRules } from '../../services/ingress/rules.ts';
import { reconcilerConfig } from '../../services/reconciler/config.ts';
import { parseAddress } from '../../services/rpc/address.ts';
import { parseDuration } from '../../services/rpc/duration.ts';
import { parseConfig } from '../../services/runtime/config.ts';

/** Text of every kind: Unicode, controls, lone surrogates, numbers, times, markup, and what parsers are tripped by. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'NaN',
    'Infinity',
    '99999999999999999999',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-02-30T00:00:00Z',
    'null',
    'true',
    '__proto__',
    'constructor',
    '\ud800',
    '\u0000',
    '%',
    '%ff',
    '{{a}}',
    'a/b',
    '/',
  ),
  fc.integer().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const metadata = (names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), text), text, { maxKeys: 8 });
const bytes = fc.uint8Array({ maxLength: 200 });

/** Whatever comes in: a value, or a problem that is one sentence. Never an exception. */
function isParsed(parsed: { ok: true; value: unknown } | { ok: false; problem: string }): void {
  if (parsed.ok) return;
  expect(parsed.problem).not.toBe('');
  expect(parsed.problem.length).toBeLessThan(2_000);
}

describe('what is a key and what is none', () => {
  test('is decided by the rules alone', () => {
    const candidates = fc.oneof(
      text,
      fc.integer({ min: 995, max: 1005 }).map((length) => 'k'.repeat(length)),
      fc.integer({ min: 330, max: 336 }).map((length) => '€'.repeat(length)),
    );
    fc.assert(
      fc.property(candidates, (value) => {
        const fine =
          value !== '' &&
          value !== '.' &&
          value !== '..' &&
          value.isWellFormed() &&
          Buffer.byteLength(value) <= 1000 &&
          !/\p{Cc}/u.test(value);
        const parsed = parseKey(value);
        expect(parsed.ok, JSON.stringify(value)).toBe(fine);
        isParsed(parsed);
        expect(keyOf(PREFIX.queued + value, PREFIX.queued).ok).toBe(fine);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an enqueue of anything is a wish within the rules, or a problem', () => {
    const number = fc.oneof(fc.integer(), fc.bigInt(), fc.double(), text, fc.constant(undefined));
    fc.assert(
      fc.property(text, number, number, (key, priority, delaySeconds) => {
        const parsed = parseEnqueue({ key, priority, delaySeconds } as never);
        isParsed(parsed);
        if (!parsed.ok) return;
        expect(
          Number.isInteger(parsed.value.priority) && parsed.value.priority >= 0 && parsed.value.priority <= 99_999_999,
        ).toBe(true);
        expect(
          Number.isInteger(parsed.value.delaySeconds) &&
            parsed.value.delaySeconds >= 0 &&
            parsed.value.delaySeconds <= 31_536_000,
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('metadata that anyone may have written', () => {
  test('of an entry is read safely; what was read is written and read again as the same', () => {
    fc.assert(
      fc.property(metadata(Object.values(META)), (written) => {
        const { entry, problems } = decodeEntry(written);
        for (const problem of problems) expect(problem.length).toBeLessThan(1_000);
        for (const count of [entry.priority, entry.attempts])
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        for (const time of [entry.notBeforeMs, entry.leaseExpirationMs, entry.firstQueuedMs, entry.failedMs]) {
          if (time !== undefined) expect(Number.isFinite(time)).toBe(true);
        }
        const again = decodeEntry(encodeEntry(entry));
        expect(again.problems).toEqual([]);
        // Times are whole seconds, rounded up, in the bucket.
        expect(encodeEntry(again.entry)).toEqual(encodeEntry(entry));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a lock and of a pause is read safely: a lock without a time has lapsed, a pause without an end has none', () => {
    const nowMs = Date.UTC(2026, 10, 21);
    fc.assert(
      fc.property(
        metadata(['expires', 'instance', 'wanted', 'nudge']),
        metadata(Object.values(PAUSE_META)),
        (lock, pause) => {
          const state = decodeLock(lock);
          expect(Number.isFinite(state.expiresMs)).toBe(true);
          if (Number.isNaN(Date.parse(lock['expires'] ?? '')))
            expect(isLapsed(state, nowMs, { lifeMs: 1, marginMs: 1 })).toBe(true);
          const paused = isPaused(pause, nowMs);
          if (Number.isNaN(Date.parse(pause[PAUSE_META.until] ?? ''))) expect(paused).toBe(true);
          parseOwner(lock['instance'] ?? '');
          const traceparent = parseTraceparent(lock['nudge']);
          if (traceparent !== undefined)
            expect(traceparent).toMatch(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('messages from outside', () => {
  const json = fc.oneof(
    fc.json({ maxDepth: 4 }),
    text,
    bytes.map((raw) => Buffer.from(raw).toString('latin1')),
  );
  const hintLike = fc.record(
    {
      key: fc.oneof(text, fc.anything()),
      generation: fc.oneof(text, fc.anything()),
      metageneration: fc.anything(),
      metadata: fc.oneof(metadata(['priority']), fc.anything()),
    },
    { requiredKeys: [] },
  );

  test('a push envelope and the hint in it', () => {
    const envelope = fc.record({
      message: fc.oneof(
        fc.anything(),
        fc.record(
          {
            data: fc.oneof(
              text,
              hintLike.map((hint) => Buffer.from(JSON.stringify(hint, plain) ?? '').toString('base64')),
              fc.anything(),
            ),
            attributes: fc.oneof(fc.anything(), metadata(['kind', 'region'])),
          },
          { requiredKeys: [] },
        ),
      ),
      subscription: fc.anything(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          envelope.map((value) => JSON.stringify(value, plain) ?? ''),
        ),
        (body) => {
          const pushed = parsePush(body);
          isParsed(pushed);
          if (pushed.ok) isParsed(parseTrigger(pushed.value));
          isParsed(parseHint(body));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('an event in any envelope', () => {
    const rules = ingressRules.parse(DEFAULT_RULES);
    const attributes = [
      ...['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-subject', 'traceparent'],
      ...['x-goog-pubsub-message-id', 'x-goog-pubsub-subscription-name'],
    ];
    const type = fc.constantFrom(
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
      'text/plain',
    );
    const event = fc.record(
      {
        specversion: fc.constantFrom('1.0', 1, undefined),
        id: fc.anything(),
        source: fc.oneof(text, fc.anything()),
        type: text,
        subject: fc.oneof(text, fc.anything()),
        data: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        metadata(attributes),
        type,
        fc.oneof(
          bytes,
          fc.array(event, { maxLength: 3 }).map((value) => Buffer.from(JSON.stringify(value, plain) ?? '')),
          event.map((value) => Buffer.from(JSON.stringify(value, plain) ?? '')),
        ),
        (headers, contentType, body) => {
          const parsed = parseEnvelope({ ...headers, 'content-type': contentType }, body);
          isParsed(parsed);
          if (!parsed.ok) return;
          for (const event of parsed.value) {
            const routed = route(rules, event);
            if (routed.kind === 'wish') expect(parseEnqueue(routed.wish).ok).toBe(true);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('addresses and durations', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.webUrl(),
          fc.tuple(fc.domain(), fc.nat(70_000)).map(([host, port]) => `${host}:${port}`),
        ),
        (value) => {
          isParsed(parseAddress(value));
          const duration = parseDuration(value);
          isParsed(duration);
          if (duration.ok) expect(Number.isFinite(duration.value) && duration.value >= 0).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the environment of each service', () => {
  const variables = fc.dictionary(
    fc.constantFrom(...Object.values(ENV)),
    fc.oneof(
      text,
      fc.constantFrom(
        'a',
        'a,b',
        '1',
        '10',
        '3600',
        'https://x.run.app',
        '127.0.0.1:80',
        'http://127.0.0.1:9023',
        'request',
      ),
    ),
    { maxKeys: 24 },
  );
  test.each([
    ['receiver', receiverConfig],
    ['dispatcher', dispatcherConfig],
    ['reconciler', reconcilerConfig],
  ] as const)('%s: all problems at once, each naming its variable and no value', (_name, schema) => {
    fc.assert(
      fc.property(variables, (env) => {
        const secret = 'sec\u00e4ret-4711';
        const given = Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value === '\u0000' ? secret : value]),
        );
        const parsed = parseConfig<object>(schema, given);
        if (parsed.ok) {
          expect(Object.isFrozen(parsed.value)).toBe(true);
          return;
        }
        for (const line of parsed.problem.split('\n')) expect(line).toMatch(/^[A-Z_]+: ./);
        expect(parsed.problem).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the emulators' own languages", () => {
  test('paths, selectors, ranges, filters', () => {
    const shape = { kind: ANY, items: { name: ANY, metadata: ANY } } as const;
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc
            .array(
              fc.constantFrom(
                'items',
                'name',
                '(',
                ')',
                ',',
                '/',
                '*',
                ' ',
                'attributes',
                ':',
                '.',
                '=',
                '"a"',
                'AND',
                'NOT',
                '-',
                'bytes ',
                '0',
                '1',
                '-*',
                '/*',
              ),
              { maxLength: 40 },
            )
            .map((parts) => parts.join('')),
        ),
        fc.nat(300),
        (value, length) => {
          const target = parsePath(`/storage/v1/b/${value}`);
          expect(target === undefined || target === 'malformed' || typeof target.kind === 'string').toBe(true);
          isParsed(parseFields(value, shape));
          isParsed(parseContentRange(value, length));
          isParsed(parseFilter(value));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('a multipart body of any bytes, and one that was damaged anywhere', () => {
    const whole = Buffer.from(
      '--edge\r\ncontent-type: application/json\r\n\r\n{"name":"a"}\r\n--edge\r\ncontent-type: text/plain\r\n\r\nhello\r\n--edge--',
    );
    const damaged = fc
      .tuple(fc.nat(whole.length), fc.nat(20), bytes)
      .map(([at, cut, put]) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]));
    fc.assert(
      fc.property(
        fc.oneof(
          bytes.map((raw) => Buffer.from(raw)),
          damaged,
        ),
        fc.oneof(
          fc.constantFrom(
            'multipart/related; boundary=edge',
            'multipart/related; boundary="edge"',
            'multipart/related',
            undefined,
          ),
          text.map((boundary) => `multipart/related; boundary=${boundary}`),
        ),
        (body, type) => {
          const parsed = parseMultipart(body, type);
          isParsed(parsed);
          if (parsed.ok)
            expect(parsed.value.reduce((sum, part) => sum + part.body.length, 0)).toBeLessThanOrEqual(body.length);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

/** What JSON has no word for comes as text. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
}
