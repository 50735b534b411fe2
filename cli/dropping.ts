import type { StoredObject } from '../queue/ports/object-store.ts';
import { asError } from '../queue/errors.ts';
import { drop } from '../queue/drop.ts';
import type { CliContext } from './command.ts';
import type { Done } from './act.ts';
import { EXIT } from './exit-code.ts';
import type { Target } from './target.ts';

/** Deletes under way at once. */
const PARALLEL = 32;

/** Drops objects exactly as they were seen. `what` names one of them. */
export async function dropAll(
  context: CliContext,
  target: Target,
  seen: AsyncIterable<StoredObject>,
  what: string,
): Promise<Done> {
  const interrupted = context.interrupted();
  const tally = { dropped: 0, changed: 0, unavailable: 0 };
  const underWay = new Set<Promise<void>>();
  let failed: Error | undefined;
  const one = async (object: StoredObject) => {
    try {
      tally[await drop(target.context, object)]++;
    } catch (error) {
      failed ??= asError(error);
    }
  };
  for await (const object of seen) {
    if (interrupted.aborted || failed !== undefined || tally.unavailable > 0) break;
    const task = one(object).finally(() => underWay.delete(task));
    underWay.add(task);
    if (underWay.size >= PARALLEL) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failed) throw failed;
  const { dropped, changed, unavailable } = tally;
  const parts = [
    `dropped ${dropped} ${what}${dropped === 1 ? '' : 's'}`,
    ...(changed > 0 ? [`left ${changed} alone that changed meanwhile`] : []),
    ...(unavailable > 0 ? ['the bucket did not answer'] : []),
    ...(interrupted.aborted ? ['stopped'] : []),
  ];
  const result = parts.join(', ');
  const cut = unavailable > 0 || interrupted.aborted;
  const exit = cut ? EXIT.unavailable : dropped === 0 ? EXIT.bad : EXIT.ok;
  return { result, answer: tally, lines: [cut ? `${result}: run the same line again to go on` : result], exit };
}
