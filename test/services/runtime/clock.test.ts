import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../services/runtime/clock.ts';

/** The longest that a timer of Node takes, in ms. */
const LONGEST_MS = 2 ** 31 - 1;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function timerOf(delayMs: number) {
  const state = { fired: 0, cancel: () => {} };
  state.cancel = systemClock.after(delayMs, () => state.fired++);
  return state;
}

test.each([0, -5, 1_000, LONGEST_MS, LONGEST_MS + 1, 2.5 * LONGEST_MS])(
  'a timer of %d ms fires then, and once',
  (delayMs) => {
    const timer = timerOf(delayMs);
    vi.advanceTimersByTime(Math.max(0, delayMs - 1));
    expect(timer.fired).toBe(delayMs > 0 ? 0 : 1);
    vi.advanceTimersByTime(1);
    expect(timer.fired).toBe(1);
    vi.advanceTimersByTime(3 * LONGEST_MS);
    expect(timer.fired).toBe(1);
  },
);

test.each([0, 0.5, 1.5])(
  'a timer of more than twice the longest can be cancelled after %d times the longest',
  (times) => {
    const timer = timerOf(2.5 * LONGEST_MS);
    vi.advanceTimersByTime(times * LONGEST_MS);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(3 * LONGEST_MS);
    expect(timer.fired).toBe(0);
  },
);

test('soon is after all that has happened by now', async () => {
  vi.useRealTimers();
  const order: string[] = [];
  const ended = new Promise<void>((resolve) =>
    systemClock.soon(() => {
      order.push('soon');
      resolve();
    }),
  );
  await Promise.resolve().then(() => order.push('a promise'));
  process.nextTick(() => order.push('the next tick'));
  await ended;
  expect(order).toEqual(['a promise', 'the next tick', 'soon']);
});
