import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bucket, Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StorageState } from '../../../local/storage/state.ts';
import { ABSENT, type ObjectStore, type StoredObject } from '../../../queue/ports/object-store.ts';
import { gcsStore } from '../../../queue/stores/gcs.ts';
import { openStorage } from '../../../queue/stores/gcs-client.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { runStorage } from '../../support/storage-emulator.ts';

const MAIN = fileURLToPath(new URL('../../../local/storage/main.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'levelset-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a process that is killed', () => {
  const processes: ChildProcess[] = [];
  afterEach(() => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
  });

  async function startProcess(): Promise<{ child: ChildProcess; storage: Storage; store: ObjectStore }> {
    const env = { ...process.env, LEVELSET_STORAGE_PORT: '0', LEVELSET_STATE: folder };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    processes.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /"event":"ready","port":(\d+)/.exec(line)?.[1];
      if (port === undefined) continue;
      const storage = openStorage({ apiEndpoint: `http://127.0.0.1:${port}`, projectId: 'p' });
      const store = gcsStore({ storage, bucket: 'kept', clock: systemClock, random: seededRandom(1) });
      return { child, storage, store };
    }
    throw new Error('the emulator did not start');
  }

  test('loses nothing that it has acknowledged', async () => {
    const first = await startProcess();
    await first.storage.createBucket('kept');
    /** What was acknowledged of each name: the object, or that it is gone. No entry: a delete that was not answered. */
    const acknowledged = new Map<string, StoredObject | 'gone'>();
    const generations: number[] = [];
    const writer = async (number: number) => {
      for (let i = 0; ; i++) {
        const name = `${number}/${i}`;
        const written = await first.store.put(name, { n: String(i) }, ABSENT);
        if (written.kind !== 'ok') return;
        acknowledged.set(name, written.object);
        generations.push(Number(written.object.generation));
        if (i % 5 === 4) {
          acknowledged.delete(name);
          if ((await first.store.delete(name, written.object)).kind !== 'ok') return;
          acknowledged.set(name, 'gone');
        }
        if (generations.length >= 500) first.child.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));

    const second = await startProcess();
    for (const [name, kept] of acknowledged) {
      expect(await second.store.get(name), name).toEqual(kept === 'gone' ? undefined : kept);
    }
    const made = await second.store.put('new', {}, ABSENT);
    expect(made.kind === 'ok' && Number(made.object.generation)).toBeGreaterThan(Math.max(...generations));
  });
});

describe('a restart', () => {
  test('keeps objects, their numbers and times, settings, data, buckets and notification configurations', async () => {
    let before: unknown;
    {
      await using running = await runStorage({ folder });
      const bucket = running.storage.bucket('bkt');
      await bucket.setMetadata({ labels: { team: 'x' } });
      await bucket.createNotification('projects/p/topics/t', { objectNamePrefix: 'a' });
      const metadata = { contentType: 'text/x', metadata: { n: '1' } };
      await bucket.file('a/ü').save(Buffer.from([0, 255, 10, 13]), { resumable: false, metadata });
      await bucket.file('a/ü').setMetadata({ metadata: { m: '2' } });
      await bucket.file('b').save('', { resumable: false });
      await bucket.file('b').moveFileAtomic('c');
      before = await everything(running.storage.bucket('bkt'));
    }
    await using running = await runStorage({ folder });
    expect(await everything(running.storage.bucket('bkt'))).toEqual(before);
  });

  async function everything(bucket: Bucket) {
    const [properties] = await bucket.getMetadata();
    const [files] = await bucket.getFiles();
    const [configs] = await bucket.getNotifications();
    const objects = await Promise.all(
      files.map(async (file) => [without(file.metadata), (await file.download())[0].toString('hex')]),
    );
    return [without(properties), objects, configs.map(({ metadata }) => without(metadata))];
  }

  /** Links hold the port, which changes. */
  function without(resource: object): object {
    return Object.fromEntries(Object.entries(resource).filter(([name]) => !name.endsWith('Link')));
  }

  test('never gives a generation or a notification number again, though all that had them is gone', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 21));
    let last = '';
    for (let life = 0; life < 3; life++) {
      await using running = await runStorage({ folder, clock });
      const bucket = running.storage.bucket('bkt');
      const [config] = await bucket.createNotification('projects/p/topics/t');
      expect(config.id).toBe(String(life + 1));
      await config.delete();
      const file = bucket.file('a');
      await file.save('', { resumable: false });
      expect(Number(file.metadata.generation)).toBeGreaterThan(Number(last));
      last = String(file.metadata.generation);
      await file.delete();
      // A machine that boots with its clock behind.
      clock.step(-60_000);
    }
  });
});

describe('the journal', () => {
  const file = () => join(folder, 'journal.ndjson');

  function open(compactAfterBytes?: number): StorageState {
    const limit = compactAfterBytes === undefined ? {} : { compactAfterBytes };
    return new StorageState({ clock: new ManualClock(), folder, ...limit });
  }

  test('drops a torn last line, also when it was cut in the middle of a character', async () => {
    const state = open();
    state.createBucket('kept', {});
    state.bucket('kept')?.objects.insert('a', {});
    state.close();
    for (const torn of [
      '[{"t":"object","bucket":"kept"',
      '[',
      '[{"t":"object"\n',
      Buffer.from('[{"t":"ü').subarray(0, -1),
    ]) {
      await appendFile(file(), torn);
      const again = open();
      expect(again.bucket('kept')?.objects.size).toBe(1);
      again.close();
      expect(await readFile(file(), 'utf8')).not.toContain('"t":"ü');
    }
  });

  test('that is damaged in the middle keeps the emulator from starting, and says where', async () => {
    const state = open();
    state.createBucket('kept', {});
    state.close();
    const [first, ...rest] = (await readFile(file(), 'utf8')).split('\n');
    await writeFile(file(), [first, 'damaged', ...rest].join('\n'));
    expect(() => open()).toThrow(/cannot be read.*line=2/);
  });

  test('becomes compact when it has grown, and loses nothing by it', async () => {
    const state = open(10_000);
    state.createBucket('kept', {});
    const objects = state.bucket('kept')?.objects;
    for (let i = 0; i < 2_000; i++) objects?.insert(`key-${i % 10}`, { metadata: { n: String(i) } });
    state.close();
    expect((await stat(file())).size).toBeLessThan(30_000);
    const again = open();
    const kept = again.bucket('kept')?.objects.list({});
    expect(kept?.kind === 'page' && kept.objects.map(({ metadata }) => metadata.n)).toEqual(
      Array.from({ length: 10 }, (_, i) => String(1990 + i)),
    );
    again.close();
  });

  test('is read in lines of any length', () => {
    const state = open();
    state.createBucket('kept', {});
    const data = Buffer.alloc(3_000_001, 'ü');
    for (const name of ['a', 'b', 'c']) state.bucket('kept')?.objects.insert(name, { data });
    state.close();
    const again = open();
    const found = again.bucket('kept')?.objects.get('b');
    expect(found?.kind === 'ok' && Buffer.from(found.object.data).equals(data)).toBe(true);
    expect(again.bucket('kept')?.objects.size).toBe(3);
    again.close();
  });

  test('belongs to one process at a time', async () => {
    await writeFile(join(folder, 'lock'), String(process.ppid));
    expect(() => open()).toThrow(/another process/);
    await writeFile(join(folder, 'lock'), '999999999');
    open().close();
  });
});
