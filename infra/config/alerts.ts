import { z } from 'zod';
import { flag, ratio, wholeNumber } from './fields.ts';

/** Thresholds of the alerts of a queue; what is not named here has no knob on purpose (a single dead letter always tells). */
export const alertSettings = z
  .strictObject({
    /** QueueStuck: age of the oldest eligible key. */
    stuckSeconds: wholeNumber(60, 604_800).default(600),
    /** DeadLettersGrowing: new ones in half an hour. */
    deadLettersIn30m: wholeNumber(1, 1_000_000).default(20),
    /** DeadLettersGrowing: nobody has looked for so long. */
    deadLetterAgeSeconds: wholeNumber(3600, 31_536_000).default(259_200),
    /** DispatchFailures: part of the attempts that fail. */
    failureRatio: ratio.default(0.2),
    /** LongRunner: longer than this no run should take. */
    maxRunSeconds: wholeNumber(1, 3600).default(3000),
    /** Saturated: part of the limit that is in use while keys wait. */
    saturation: ratio.default(0.95),
    /** ListTooSlow: p95 of a sweep. */
    sweepSeconds: wholeNumber(1, 3600).default(30),
  })
  .prefault({});

/** Objectives over 28 days. */
export const objectiveSettings = z
  .strictObject({
    /** Makes SLO resources; their burn-rate alerts are made in any case. */
    enabled: flag.default(true),
    /** Enqueue calls answered OK within a second. */
    acceptance: ratio.default(0.999),
    /** Keys started within 60 s of being eligible. */
    queueing: ratio.default(0.99),
    /** Attempts that do not fail. */
    execution: ratio.default(0.99),
    /** Below this many events in an hour nobody is paged: one failure of a rare queue is no outage. */
    leastPerHour: wholeNumber(0, 1_000_000).default(50),
  })
  .prefault({});
