import { expect, test } from 'vitest';
import { addressTable, jsonScreen, recordLine, textScreen } from '../../local/screen.ts';
import { transitionOf } from '../../local/transition.ts';

const NOON = new Date(2026, 0, 1, 12, 0, 0, 7).getTime();
const line = (record: { event: string; [field: string]: unknown }) => recordLine('dispatcher', record, NOON);

test('a transition is one line: time, key, step, detail', () => {
  expect(line({ event: 'key.started', key: 'a/b', attempt: 2, waitedMs: 1_234 })).toMatch(
    /^12:00:00\.007 {2}a\/b +started +attempt 2, waited 1\.2 s$/,
  );
  expect(
    line({ event: 'key.failed', key: 'a', attempt: 1, runMs: 12, error: 'no such "host"', delayMs: 31_000 }),
  ).toContain('"no such \\"host\\"", attempt 1, ran 12 ms, not before 31.0 s from now');
});

test('an enqueue that changed nothing is no transition', () => {
  expect(transitionOf({ event: 'key.deduplicated', key: 'a' })).toBeUndefined();
  expect(line({ event: 'key.deduplicated', key: 'a' })).toBeUndefined();
});

test('text of others cannot move the cursor, colour the screen or turn the line around', () => {
  const hostile = '\u001b[2J\r\n\u202egnp.exe\u009b31m';
  const shown = [
    line({ event: 'key.failed', key: hostile, error: hostile }),
    line({ event: 'process.output', text: hostile }),
    ...addressTable([hostile], [{ service: 'x', address: 'y', note: hostile }]),
  ].join('');
  expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(shown).toContain('gnp.exe');
});

test('what became of a process is told, with when it starts again', () => {
  expect(line({ event: 'process.exited', how: 'signal SIGKILL', restartInMs: 0 })).toContain(
    'ended (signal SIGKILL), starts again now',
  );
  const loop = line({ event: 'process.exited', how: 'exit code 1', restartInMs: 2_000, crashLoop: true });
  expect(loop).toContain('starts again in 2 s; it keeps ending');
  expect(line({ event: 'process.ready', again: false })).toBeUndefined();
  expect(line({ event: 'sweep.done', listed: 3 })).toBeUndefined();
});

test('the table lines up', () => {
  expect(addressTable(['title'], [{ service: 'receiver', address: 'grpc://127.0.0.1:7070', note: 'note' }])).toEqual([
    'title',
    '',
    '  service   address',
    '  receiver  grpc://127.0.0.1:7070  note',
    '',
  ]);
});

test('colours are for terminals only; --json prints a JSON object a line', () => {
  const failed = { event: 'key.failed', key: 'a', error: 'x' };
  const written = (isTTY: boolean) => {
    let text = '';
    textScreen({ isTTY, write: (more) => (text += more) }, () => NOON).record('dispatcher', failed);
    return text;
  };
  expect(written(true)).toContain('\u001b[');
  expect(written(false)).not.toContain('\u001b[');

  let json = '';
  jsonScreen({ write: (more) => (json += more) }, () => NOON).record('dispatcher', failed);
  expect(JSON.parse(json)).toEqual({ time: new Date(NOON).toISOString(), process: 'dispatcher', ...failed });
});
