/** `levelset/testing`: what a team needs to test its reconcilers in milliseconds. */
export type { KeyState } from '../../queue/key-state.ts';
export { ManualClock } from './manual-clock.ts';
export { type FakeContext, runOnce } from './run-once.ts';
export { type DeadLetter, TestQueue, type TestQueueOptions, type TestRun } from './test-queue.ts';
