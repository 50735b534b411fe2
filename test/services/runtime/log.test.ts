import { describe, expect, test } from 'vitest';
import { type CloudLogging, cloudLogging } from '../../../services/runtime/cloud-logging.ts';
import { type LogFormat, logFormat, openLog } from '../../../services/runtime/log.ts';

function logged(format: LogFormat, cloud?: CloudLogging) {
  const lines: string[] = [];
  return {
    lines,
    log: openLog({ service: 'receiver', format, cloud, destination: { write: (line) => void lines.push(line) } }),
  };
}

const parse = (line: string | undefined) => JSON.parse(line ?? '') as Record<string, unknown>;

test('an event is a line of Cloud Logging JSON', () => {
  const { lines, log } = logged('json');
  log.write('service.listening', { port: 8080 });
  expect(parse(lines[0])).toEqual({
    severity: 'INFO',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: 'receiver',
    event: 'service.listening',
    port: 8080,
    message: 'service.listening: a process is ready',
  });
});

test('severities tell what someone should look at', () => {
  const { lines, log } = logged('json');
  log.write('key.deduplicated');
  log.write('hint.failed');
  log.write('key.exhausted');
  log.warn('mine', { key: 'a' });
  expect(lines.map((line) => parse(line)['severity'])).toEqual(['DEBUG', 'WARNING', 'ERROR', 'WARNING']);
});

test('errors are told without what clients hang on them, and causes with them', () => {
  const { lines, log } = logged('json');
  const cause = Object.assign(new Error('inner'), { config: { headers: { authorization: 'Bearer secret' } } });
  log.write('store.failed', { error: new Error('outer', { cause }) });
  expect(lines[0]).not.toContain('secret');
  expect(parse(lines[0])['error']).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
});

test('a field never passes for one of the log itself', () => {
  const { lines, log } = logged('json');
  log.info('line', { severity: 'FAKE', message: 'fake', event: 'key.done' });
  expect(parse(lines[0])).toMatchObject({ severity: 'INFO', message: 'line', severity_: 'FAKE', message_: 'fake' });
  expect(parse(lines[0])['event']).toBeUndefined();
});

test('people get a line that they can read', () => {
  const { lines, log } = logged('text');
  log.write('key.queued', { key: 'a\nb', priority: 0 });
  log.write('hint.failed', { key: 'a', error: new Error('no topic') });
  expect(lines.map((line) => line.replace(/^[\d:]{8}/, 'hh:mm:ss'))).toEqual([
    'hh:mm:ss receiver key.queued key="a\\nb" priority=0\n',
    'hh:mm:ss receiver WARNING hint.failed key="a" error="no topic"\n',
  ]);
});

test('the format is JSON on Cloud Run, and what LEVELSET_LOG says', () => {
  expect(logFormat({})).toBe('text');
  expect(logFormat({ K_SERVICE: 'r' })).toBe('json');
  expect(logFormat({ K_SERVICE: 'r', LEVELSET_LOG: 'text' })).toBe('text');
  expect(logFormat({ LEVELSET_LOG: 'json' })).toBe('json');
});

describe('on Cloud Run', () => {
  const cloud = cloudLogging({
    ...{ K_SERVICE: 'orders-receiver', K_REVISION: 'orders-receiver-7', LEVELSET_PROJECT: 'p1' },
    ...{ LEVELSET_QUEUE: 'orders', LEVELSET_REGION: 'us-central1' },
  });
  const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('a line has labels and its trace, as Cloud Logging names them', () => {
    const { lines, log } = logged('json', cloud);
    log.write('key.queued', { key: 'a', traceparent: TRACE });
    expect(parse(lines[0])).toMatchObject({
      severity: 'INFO',
      'logging.googleapis.com/labels': { queue: 'orders', region: 'us-central1' },
      'logging.googleapis.com/trace': 'projects/p1/traces/0af7651916cd43dd8448eb211c80319c',
      'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      'logging.googleapis.com/trace_sampled': true,
      key: 'a',
    });
    expect(parse(lines[0])).not.toHaveProperty('traceparent');
    expect(parse(lines[0])).not.toHaveProperty('serviceContext');
  });

  test('an error has what Error Reporting groups by', () => {
    const { lines, log } = logged('json', cloud);
    log.write('internal.error', { error: new Error('boom') });
    expect(parse(lines[0])).toMatchObject({
      severity: 'ERROR',
      stack_trace: expect.stringMatching(/^Error: boom\n +at /),
      serviceContext: { service: 'orders-receiver', version: 'orders-receiver-7' },
    });
  });

  test('elsewhere there is none of it', () => {
    expect(cloudLogging({ LEVELSET_PROJECT: 'p1' })).toBeUndefined();
    const { lines, log } = logged('json');
    log.write('key.queued', { key: 'a', traceparent: TRACE });
    expect(Object.keys(parse(lines[0]))).toEqual(['severity', 'time', 'service', 'event', 'key', 'message']);
  });
});

test('no credential reaches a line, wherever it stands; a key stays what it is', () => {
  const { lines, log } = logged('json', cloudLogging({ K_SERVICE: 's' }));
  const secret = 'ya29.a0AfH6SMBx';
  const cause = new Error(`answered 401: Bearer ${secret}`);
  log.write('store.failed', { operation: 'get', error: `Error: ${secret}` });
  log.write('internal.error', { error: new Error(`access_token=${secret}`, { cause }), problem: secret });
  log.error(`a message of a user: ${secret}`);
  expect(lines.join('')).not.toContain(secret);
  expect(lines.join('').split('[redacted]').length).toBeGreaterThan(6);
  log.write('key.queued', { key: 'password=abcdef' });
  expect(parse(lines.at(-1))).toMatchObject({ key: 'password=abcdef' });
});

test('what a user logs is searched for credentials to its depth, and by the names of fields', () => {
  const { lines, log } = logged('json');
  log.info('called', {
    password: 'x',
    request: { headers: { Authorization: 'y', accept: 'text/html' }, tries: [{ apiKey: 'z' }, 'Bearer abc123def456'] },
    at: new Date(0),
  });
  expect(parse(lines[0])).toMatchObject({
    password: '[redacted]',
    request: {
      headers: { Authorization: '[redacted]', accept: 'text/html' },
      tries: [{ apiKey: '[redacted]' }, 'Bearer [redacted]'],
    },
    at: '1970-01-01T00:00:00.000Z',
  });
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  log.info('a loop', { loop });
  expect(lines[1]).toContain('[deeper]');
});
