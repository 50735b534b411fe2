import { expect, test } from 'vitest';
import { type LogFormat, logFormat, openLog } from '../../../services/runtime/log.ts';

function logged(format: LogFormat) {
  const lines: string[] = [];
  return {
    lines,
    log: openLog({ service: 'receiver', format, destination: { write: (line) => void lines.push(line) } }),
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
