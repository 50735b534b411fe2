import { ABSENT } from '../../queue/ports/object-store.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { Target } from '../target.ts';
import { bad, fine, type Finding, skipped } from './finding.ts';

/** As DESIGN §4 assumes of all clocks. */
const MOST_SKEW_MS = 1_000;

/**
 * Writes an object of its own below `control/`, where nobody looks at other names than `pause`, and sees whether conditions hold; then
 * deletes it. Tells the skew between this machine's clock and the store's from when the store says it was made.
 */
export async function probeBucket(target: Target): Promise<Finding[]> {
  const { store, random, clock } = target.context;
  const name = `${PREFIX.control}doctor-${random.id()}`;
  const sentMs = clock.now();
  const made = await store.put(name, { made: 'by levelset doctor' }, ABSENT);
  const answeredMs = clock.now();
  if (made.kind !== 'ok') {
    return [
      bad(
        'writes',
        `a new object was answered with ${made.kind}`,
        'try again; the bucket throttles or does not answer',
      ),
    ];
  }
  const { generation, metageneration } = made.object;
  const skew = await clockSkew(target, name, sentMs, answeredMs);
  const again = await store.put(name, {}, ABSENT);
  const patched = await store.patch(name, { touched: 'yes' }, { generation, metageneration });
  const stale = await store.patch(name, { touched: 'twice' }, { generation, metageneration });
  const staleDelete = await store.delete(name, { generation, metageneration });
  const deleted = await store.delete(name, { generation });
  const answers = [again.kind, patched.kind, stale.kind, staleDelete.kind, deleted.kind].join(' ');
  const holds = answers === 'lost ok lost lost ok';
  const conditions = holds
    ? fine('conditional writes', 'conditions on generation and metageneration hold')
    : bad(
        'conditional writes',
        `conditions do not hold: create again, patch, stale patch, stale delete, delete were answered ${answers}`,
        'stop all services: without conditions keys get lost. An emulator that ignores them cannot be used; levelset dev has one that does not',
      );
  return [conditions, skew];
}

async function clockSkew(target: Target, name: string, sentMs: number, answeredMs: number): Promise<Finding> {
  const check = 'clock';
  try {
    const madeMs = await target.facts.madeMs(name);
    if (madeMs === undefined) return skipped(check, 'the store does not say when it made an object');
    // The store's clock lay between the sending and the answer, if the clocks agree.
    const skewMs = madeMs < sentMs ? madeMs - sentMs : Math.max(0, madeMs - answeredMs);
    if (Math.abs(skewMs) <= MOST_SKEW_MS)
      return fine(check, `this machine and the store agree within ${MOST_SKEW_MS} ms`);
    return bad(
      check,
      `this machine's clock is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'behind' : 'ahead of'} the store's`,
      'synchronise it (chrony, systemd-timesyncd): ages and times shown here are off by that much',
    );
  } catch (error) {
    return skipped(check, `could not be compared: ${String(error)}`);
  }
}
