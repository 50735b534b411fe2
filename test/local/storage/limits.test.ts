import { expect, test } from 'vitest';
import { startStorageEmulator } from '../../../local/storage/emulator.ts';
import { UploadSessions } from '../../../local/storage/sessions.ts';
import type { Clock } from '../../../queue/ports/clock.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { runStorage } from '../../support/storage-emulator.ts';

const MIB = 1024 * 1024;

function openSessions() {
  const clock = new ManualClock();
  const sessions = new UploadSessions({ clock, random: seededRandom(1) });
  const open = () => sessions.open({ bucket: 'b', name: 'a', resource: { settings: {} }, conditions: {} });
  return { clock, sessions, open };
}

test('a third write to one object within a second is answered 429, one to another object is not', async () => {
  const clock = new ManualClock();
  await using running = await runStorage({ rateLimit: true, clock });
  const bucket = running.storage.bucket('bkt');
  const save = (name: string) => bucket.file(name).save('', { resumable: false });
  await save('a');
  await save('a');
  await expect(save('a')).rejects.toMatchObject({ code: 429, errors: [{ reason: 'rateLimitExceeded' }] });
  await save('b');
  await clock.advance(1000);
  await save('a');
});

test('an answer waits for the latency that was asked for', async () => {
  const clock = new ManualClock();
  const arrived = Promise.withResolvers<void>();
  // A clock that tells when the emulator begins to wait.
  const watched: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, task) => {
      arrived.resolve();
      return clock.after(delayMs, task);
    },
    soon: (task) => clock.soon(task),
  };
  const slow = await startStorageEmulator({ port: 0, clock: watched, random: seededRandom(1), latencyMs: 100 });
  let answered = false;
  const answer = fetch(`${slow.origin}/storage/v1/b`).then(() => (answered = true));
  await arrived.promise;
  await clock.advance(99);
  expect([answered, clock.pending]).toEqual([false, 1]);
  await clock.advance(1);
  await answer;
  await slow.close();
});

test('the upload that was left alone for longest is dropped when there are too many bytes', () => {
  const { sessions, open } = openSessions();
  const [first, second, third] = [open(), open(), open()];
  sessions.append(first, Buffer.alloc(100 * MIB));
  sessions.append(second, Buffer.alloc(100 * MIB));
  sessions.use(first.id);
  sessions.append(third, Buffer.alloc(100 * MIB));
  expect([first, second, third].map(({ id }) => sessions.use(id) !== undefined)).toEqual([true, false, true]);
});

test('there are never more than a thousand uploads at once', () => {
  const { sessions, open } = openSessions();
  const all = Array.from({ length: 1200 }, open);
  expect(all.filter(({ id }) => sessions.use(id)).length).toBe(1000);
});

test('an upload that is finished holds no bytes, and one that is a week old is gone', async () => {
  const { clock, sessions, open } = openSessions();
  for (let i = 0; i < 4; i++) {
    const session = open();
    sessions.append(session, Buffer.alloc(100 * MIB));
    sessions.finish(session, { kind: 'empty', status: 200 });
    expect(session.chunks).toEqual([]);
  }
  const session = open();
  await clock.advance(7 * 24 * 3600 * 1000);
  expect(sessions.use(session.id)).toBe(session);
  await clock.advance(1);
  expect(sessions.use(session.id)).toBeUndefined();
});
