import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { answerOf, learn, type Marking, type Reply } from '../../../services/rpc/answer.ts';

type ErrorReply = Extract<Reply, { kind: 'error' }>;

const errorReply = (code: status, rest: Partial<ErrorReply> = {}): ErrorReply => ({
  kind: 'error',
  code,
  text: 'why',
  marked: false,
  connected: true,
  deadlineMs: 60_000,
  ...rest,
});

function response(fields: Partial<Extract<Reply, { kind: 'response' }>['response']>, interrupted = false): Reply {
  const message = { requeueAfterSeconds: '0', queueKeys: [], requeueFloor: false, ...fields };
  return { kind: 'response', response: message, marked: true, interrupted };
}

describe('what a response says', () => {
  const wish = { key: 'b', priority: '5', delaySeconds: '60' };
  const parsedWish = { key: 'b', priority: 5, delaySeconds: 60 };

  test.each([
    ['nothing asked: done', response({}), { kind: 'done' }],
    ['a delay', response({ requeueAfterSeconds: '30' }), { kind: 'requeue', delayMs: 30_000, floor: false }],
    [
      'a delay with a floor',
      response({ requeueAfterSeconds: '30', requeueFloor: true }),
      { kind: 'requeue', delayMs: 30_000, floor: true },
    ],
    ['a floor without a delay: done', response({ requeueFloor: true }), { kind: 'done' }],
    ['keys: queue them, then done', response({ queueKeys: [wish] }), { kind: 'enqueue', keys: [parsedWish] }],
    [
      'a delay and keys: both',
      response({ queueKeys: [wish], requeueAfterSeconds: '9', requeueFloor: true }),
      { kind: 'enqueue', keys: [parsedWish], requeueMs: 9_000, floor: true },
    ],
    ['interrupted', response({ requeueAfterSeconds: '20' }, true), { kind: 'interrupted', delayMs: 20_000 }],
    [
      'more than a year: a year',
      response({ requeueAfterSeconds: '9223372036854775807' }),
      { kind: 'requeue', delayMs: 31_536_000_000, floor: false },
    ],
  ])('%s', (_name, reply, outcome) => {
    expect(answerOf(reply, 'unknown')).toEqual({ outcome, started: true });
  });

  test.each([
    ['a negative delay', response({ requeueAfterSeconds: '-1' }), 'requeue_after_seconds may not be negative'],
    ['a bad key among good ones', response({ queueKeys: [wish, { ...wish, key: '' }] }), 'queue_keys[1]: key is empty'],
    [
      'a bad priority',
      response({ queueKeys: [{ ...wish, priority: '100000000' }] }),
      'queue_keys[0]: priority must be',
    ],
    [
      'a key that is not UTF-8',
      response({ queueKeys: [{ ...wish, key: '\ud800' }] }),
      'queue_keys[0]: key is not valid UTF-8',
    ],
  ])('%s is a failure that names the rule', (_name, reply, rule) => {
    const { outcome, started } = answerOf(reply, 'marks');
    expect(started).toBe(true);
    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining(rule) });
  });
});

describe('what an error says', () => {
  const markings: Marking[] = ['unknown', 'marks', 'plain'];

  test.each(markings)('INVALID_ARGUMENT and NoRetryDetails reject (server: %s)', (marking) => {
    expect(answerOf(errorReply(status.INVALID_ARGUMENT), marking).outcome).toEqual({ kind: 'rejected', reason: 'why' });
    const detailed = errorReply(status.FAILED_PRECONDITION, { noRetry: 'because' });
    expect(answerOf(detailed, marking)).toEqual({ outcome: { kind: 'rejected', reason: 'because' }, started: true });
    expect(answerOf(errorReply(status.UNAVAILABLE, { noRetry: '' }), marking).outcome.kind).toBe('rejected');
  });

  /** By the server's marking: [unknown, marks, plain] without the mark. With it, all are failures. */
  const WITHOUT_MARK: [keyof typeof status, connected: boolean, kinds: [string, string, string]][] = [
    ['UNAVAILABLE', true, ['unreachable', 'unreachable', 'failed']],
    ['UNAVAILABLE', false, ['unreachable', 'unreachable', 'unreachable']],
    ['UNAUTHENTICATED', true, ['unreachable', 'unreachable', 'unreachable']],
    ['PERMISSION_DENIED', true, ['unreachable', 'unreachable', 'unreachable']],
    ['UNIMPLEMENTED', true, ['unreachable', 'unreachable', 'unreachable']],
    ['DEADLINE_EXCEEDED', true, ['failed', 'unreachable', 'failed']],
    ['RESOURCE_EXHAUSTED', true, ['failed', 'unreachable', 'failed']],
    ['UNKNOWN', true, ['failed', 'failed', 'failed']],
    ['INTERNAL', true, ['failed', 'failed', 'failed']],
    ['CANCELLED', true, ['failed', 'failed', 'failed']],
    ['ABORTED', true, ['failed', 'failed', 'failed']],
  ];
  test.each(WITHOUT_MARK)('%s without the mark (connected: %s)', (code, connected, kinds) => {
    const answers = markings.map((marking) => answerOf(errorReply(status[code], { connected }), marking));
    expect(answers.map(({ outcome }) => outcome.kind)).toEqual(kinds);
    expect(answers.map(({ started }) => started)).toEqual(kinds.map((kind) => kind !== 'unreachable'));
  });

  test.each(WITHOUT_MARK)('%s after the mark is a failure (connected: %s)', (code, connected) => {
    for (const marking of markings) {
      const { outcome, started } = answerOf(errorReply(status[code], { connected, marked: true }), marking);
      expect([outcome.kind, started]).toEqual(['failed', true]);
    }
  });

  test('a plain error keeps its text; others carry the name of their code', () => {
    const text = (reply: ErrorReply) => answerOf(reply, 'marks').outcome;
    expect(text(errorReply(status.UNKNOWN, { text: 'two\nlines' }))).toEqual({ kind: 'failed', error: 'two lines' });
    expect(text(errorReply(status.INTERNAL))).toEqual({ kind: 'failed', error: 'INTERNAL: why' });
    expect(text(errorReply(status.DEADLINE_EXCEEDED, { marked: true }))).toEqual({
      kind: 'failed',
      error: 'timeout: no answer within 60 s',
    });
  });

  test('a call that we cancelled was interrupted', () => {
    const outcome = { kind: 'interrupted', delayMs: 0 };
    expect(answerOf({ kind: 'cancelled', marked: true }, 'plain')).toEqual({ outcome, started: true });
    expect(answerOf({ kind: 'cancelled', marked: false }, 'plain')).toEqual({ outcome, started: false });
  });
});

describe('what a reply teaches about the server', () => {
  const plainAnswer: Reply = { ...(response({}) as Extract<Reply, { kind: 'response' }>), marked: false };

  test('a mark shows that it marks, an answer without one that it does not; the newest counts', () => {
    expect(learn('unknown', errorReply(status.UNKNOWN, { marked: true }))).toBe('marks');
    expect(learn('plain', response({}))).toBe('marks');
    expect(learn('marks', plainAnswer)).toBe('plain');
    expect(learn('unknown', errorReply(status.INVALID_ARGUMENT))).toBe('plain');
  });

  test('an error that a front end could have made teaches nothing', () => {
    for (const code of [status.UNAVAILABLE, status.UNKNOWN, status.INTERNAL, status.UNAUTHENTICATED]) {
      expect(learn('marks', errorReply(code))).toBe('marks');
      expect(learn('unknown', errorReply(code))).toBe('unknown');
    }
  });
});
