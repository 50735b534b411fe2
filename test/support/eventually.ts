import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits until a condition of the outside world holds: a file, an answer, a line of a log. Not for what a manual clock can drive.
 * The limit is no expectation about speed, only the point at which waiting is given up and the test fails.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 20_000,
  everyMs = 20,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`still not so after ${limitMs} ms: ${what}`);
    await wait(everyMs);
  }
}
