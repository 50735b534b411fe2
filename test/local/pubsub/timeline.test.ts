import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Timeline } from '../../../local/pubsub/timeline.ts';

test('things fall due in the order of their times, and none before', () => {
  assert(
    property(array(integer({ min: 0, max: 100 })), (times) => {
      const timeline = new Timeline<number>();
      for (const at of times) timeline.add(at, at);
      const taken: number[] = [];
      for (let now = 0; now <= 100; now += 10) {
        for (let due = timeline.takeDue(now); due !== undefined; due = timeline.takeDue(now)) taken.push(due);
        expect(timeline.nextAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
      }
      expect(taken).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});
