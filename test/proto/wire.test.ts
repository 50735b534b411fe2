import { describe, expect, test } from 'vitest';
import { NoRetryDetails, Status, workqueuePackage, workqueueService } from '../../services/rpc/definition.ts';

/** What Go services of the protocol have: name, number, type, and whether repeated. Not ours to change. */
const FIELDS: Record<string, [name: string, number: number, type: string, label?: 'repeated'][]> = {
  ProcessRequest: [
    ['key', 1, 'TYPE_STRING'],
    ['priority', 2, 'TYPE_INT64'],
    ['delay_seconds', 3, 'TYPE_INT64'],
  ],
  ProcessResponse: [
    ['requeue_after_seconds', 1, 'TYPE_INT64'],
    ['queue_keys', 2, 'TYPE_MESSAGE', 'repeated'],
    ['requeue_floor', 3, 'TYPE_BOOL'],
  ],
  QueueKeyRequest: [
    ['key', 1, 'TYPE_STRING'],
    ['priority', 2, 'TYPE_INT64'],
    ['delay_seconds', 3, 'TYPE_INT64'],
  ],
  GetKeyStateRequest: [['key', 1, 'TYPE_STRING']],
  KeyState: [
    ['key', 1, 'TYPE_STRING'],
    ['status', 2, 'TYPE_ENUM'],
    ['priority', 3, 'TYPE_INT64'],
    ['attempts', 4, 'TYPE_INT32'],
    ['queued_time', 5, 'TYPE_INT64'],
    ['not_before_time', 6, 'TYPE_INT64'],
  ],
  NoRetryDetails: [['message', 1, 'TYPE_STRING']],
};

interface Described {
  field: { name: string; number: number; type: string; label: string }[];
  enumType: { name: string; value: { name: string; number: number }[] }[];
}

function described(message: string): Described {
  const definition = workqueuePackage[`chainguard.workqueue.${message}`];
  return (definition as unknown as { type: Described }).type;
}

describe('the descriptor', () => {
  test('has these messages and no others', () => {
    const names = Object.keys(workqueuePackage).filter((name) => !name.startsWith('google.'));
    const expected = [...Object.keys(FIELDS), 'WorkqueueService'];
    expect(names.toSorted()).toEqual(expected.map((name) => `chainguard.workqueue.${name}`).toSorted());
  });

  test.each(Object.entries(FIELDS))('%s has these fields, numbers and types', (message, fields) => {
    const found = described(message).field.map(({ name, number, type, label }) => [
      // The loader describes fields by their JavaScript names.
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      number,
      type,
      ...(label === 'LABEL_REPEATED' ? ['repeated'] : []),
    ]);
    expect(found.toSorted((a, b) => Number(a[1]) - Number(b[1]))).toEqual(fields);
  });

  test('KeyState.Status has these values', () => {
    const [status] = described('KeyState').enumType;
    expect(status?.value.map(({ name, number }) => [name, number])).toEqual([
      ['UNKNOWN', 0],
      ['QUEUED', 1],
      ['IN_PROGRESS', 2],
      ['DEAD_LETTER', 3],
    ]);
  });

  test('the service has these paths, both unary', () => {
    const paths = Object.values(workqueueService).map((m) => [m.path, m.requestStream, m.responseStream]);
    expect(paths).toEqual([
      ['/chainguard.workqueue.WorkqueueService/Process', false, false],
      ['/chainguard.workqueue.WorkqueueService/GetKeyState', false, false],
    ]);
  });
});

describe('the bytes', () => {
  const { Process, GetKeyState } = workqueueService;
  const hex = (bytes: Buffer) => bytes.toString('hex');

  test('of a request', () => {
    expect(hex(Process.requestSerialize({ key: 'a/ü', priority: 7, delaySeconds: 300 }))).toBe(
      '0a04612fc3bc100718ac02',
    );
  });

  test('of a response', () => {
    const response = {
      requeueAfterSeconds: 30,
      queueKeys: [{ key: 'b', priority: 1, delaySeconds: 2 }],
      requeueFloor: true,
    };
    expect(hex(Process.responseSerialize(response))).toBe('081e12070a0162100118021801');
    expect(hex(Process.responseSerialize({}))).toBe('');
  });

  test('of a key state', () => {
    const state = {
      key: 'a',
      status: 'DEAD_LETTER',
      priority: 1,
      attempts: 2,
      queuedTime: 3,
      notBeforeTime: 4,
    } as const;
    expect(hex(GetKeyState.responseSerialize(state))).toBe('0a016110031801200228033004');
  });

  test('of a NoRetryDetails', () => {
    expect(hex(NoRetryDetails.serialize({ message: 'no' }))).toBe('0a026e6f');
  });

  test('of a google.rpc.Status with a detail', () => {
    const status = { code: 3, message: 'm', details: [{ type_url: 't/x', value: Buffer.from([1]) }] };
    expect(hex(Status.serialize(status))).toBe('080312016d1a080a03742f78120101');
  });

  test('a 64-bit integer comes in whole', () => {
    const bytes = Process.requestSerialize({
      key: 'a',
      priority: '9223372036854775807',
      delaySeconds: '-9223372036854775808',
    });
    expect(Process.requestDeserialize(bytes)).toEqual({
      key: 'a',
      priority: '9223372036854775807',
      delaySeconds: '-9223372036854775808',
    });
  });

  test('that are not UTF-8 never pass for a key, not even for one with a replacement character', () => {
    const bad = Buffer.from([0x0a, 3, 0x61, 0xff, 0x62]);
    expect(Process.requestDeserialize(bad).key.isWellFormed()).toBe(false);
    expect(GetKeyState.requestDeserialize(bad).key.isWellFormed()).toBe(false);
    const good = Process.requestSerialize({ key: 'a\ufffdb' });
    expect(Process.requestDeserialize(good).key).toBe('a\ufffdb');
    const answer = Process.responseDeserialize(Buffer.concat([Buffer.from([0x12, bad.length]), bad]));
    expect(answer.queueKeys[0]?.key.isWellFormed()).toBe(false);
  });
});
