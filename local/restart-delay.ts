/** A process that lived this long was well: its end starts a new count. */
export const HEALTHY_MS = 5_000;

/** So many ends in a row, none of them after a healthy life, and it is told that something is wrong with the process itself. */
export const CRASH_LOOP = 4;

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** How long to wait before a process is started again after so many short lives in a row. The first restart is immediate. */
export function restartDelayMs(shortLives: number): number {
  return shortLives <= 1 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (shortLives - 2));
}
