import { cpSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StorageState } from '../../../local/storage/state.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const FILE = 'journal.ndjson';
const open = (folder: string, clock = new ManualClock()) => new StorageState({ clock, folder });

/** All that a client can see of it, as text. */
function seen(state: StorageState): string {
  const objects = [...(state.bucket('kept')?.objects.objects() ?? [])];
  const shown = objects.map(({ name, generation, metageneration, metadata, data }) => [
    name,
    generation,
    metageneration,
    metadata,
    Buffer.from(data).toString('hex'),
  ]);
  return JSON.stringify(shown.toSorted());
}

test('a journal that ends anywhere stands for a moment between two changes, and for none before the last whole line', () => {
  const name = fc.constantFrom('a', 'b', 'ü');
  const change = fc.oneof(
    fc.tuple(fc.constant('insert' as const), name, fc.uint8Array({ maxLength: 5 })),
    fc.tuple(fc.constant('patch' as const), name, fc.constant(new Uint8Array())),
    fc.tuple(fc.constant('delete' as const), name, fc.constant(new Uint8Array())),
    fc.tuple(fc.constant('move' as const), name, fc.constant(new Uint8Array())),
  );
  const [written, torn] = [temporaryFolder(), temporaryFolder()];
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      rmSync(join(written, FILE), { force: true });
      const state = open(written);
      state.createBucket('kept', {});
      const bucket = state.bucket('kept')?.objects;
      const moments = [{ bytes: readFileSync(join(written, FILE)).length, seen: seen(state) }];
      for (const [does, at, data] of changes) {
        if (does === 'insert') bucket?.insert(at, { data, metadata: { n: 'ü' } });
        if (does === 'patch') bucket?.patch(at, { metadata: { p: '1' } });
        if (does === 'delete') bucket?.delete(at);
        // Two changes in one: the new name is there and the old one gone, or neither.
        if (does === 'move') bucket?.move({ from: at, to: `${at}-moved` });
        moments.push({ bytes: readFileSync(join(written, FILE)).length, seen: seen(state) });
      }
      state.close();
      const [first] = moments;
      const whole = readFileSync(join(written, FILE)).length;
      for (let bytes = first?.bytes ?? 0; bytes <= whole; bytes++) {
        cpSync(join(written, FILE), join(torn, FILE));
        truncateSync(join(torn, FILE), bytes);
        const again = open(torn);
        expect(seen(again), `cut at ${bytes} of ${whole}`).toBe(
          moments.findLast((moment) => moment.bytes <= bytes)?.seen,
        );
        again.close();
      }
    }),
    { numRuns: 5 },
  );
});
