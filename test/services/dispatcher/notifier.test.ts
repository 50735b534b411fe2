import { expect, test } from 'vitest';
import { Notifier } from '../../../services/dispatcher/notifier.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';

/** A clock on which it is `soon` when the test says so. */
class SlowToTell extends ManualClock {
  readonly told: (() => void)[] = [];

  override soon(task: () => void): void {
    this.told.push(task);
  }
}

function looping(clock: ManualClock) {
  const notifier = new Notifier(clock);
  const state = { rounds: 0 };
  void (async () => {
    for (;;) {
      await notifier.wait(1_000);
      state.rounds++;
    }
  })();
  return { notifier, state };
}

test('what happens together wakes the loop once', async () => {
  const clock = new SlowToTell();
  const { notifier, state } = looping(clock);
  await clock.settle();
  for (let i = 0; i < 100; i++) notifier.notify();
  expect(clock.told).toHaveLength(1);
  clock.told.shift()?.();
  await clock.settle();
  expect(state.rounds).toBe(1);
});

test('what happens between two waits is not missed', async () => {
  const clock = new ManualClock();
  const notifier = new Notifier(clock);
  notifier.notify();
  await notifier.wait(1_000);
  expect(clock.pending).toBe(0);
});

test('the loop goes on by itself after the time it wanted', async () => {
  const clock = new ManualClock();
  const { state } = looping(clock);
  await clock.advance(999);
  expect(state.rounds).toBe(0);
  await clock.advance(2_001);
  expect(state.rounds).toBe(3);
});

test('a wake that comes after the time was up neither ends the next wait nor is owed', async () => {
  const clock = new SlowToTell();
  const { notifier, state } = looping(clock);
  await clock.advance(999);
  notifier.notify();
  await clock.advance(1);
  expect(state.rounds).toBe(1);
  clock.told.shift()?.();
  await clock.settle();
  expect(state.rounds).toBe(1);
  notifier.notify();
  clock.told.shift()?.();
  await clock.settle();
  expect(state.rounds).toBe(2);
});
