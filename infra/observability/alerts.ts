import type { Queue } from '../config/schema.ts';
import { type Objective, objectivesOf } from './objectives.ts';
import { QueueQueries } from './promql.ts';

/** Something that a person is told of. */
export interface Alert {
  /** In the name of the policy, and the anchor of its section in docs/operating.md in lower case. */
  readonly name: string;
  readonly level: 'page' | 'ticket' | 'info';
  /** Any of these; each is true while its query gives a result, for so long. */
  readonly conditions: readonly { readonly title: string; readonly query: string; readonly forSeconds: number }[];
  /** What it means, for who is woken. */
  readonly meaning: string;
  /** What to run first. */
  readonly firstCommand: string;
}

const DAY = 86_400;

/** The alerts of a queue. Gauges describe the bucket: they are aggregated with max, and one dead letter is more than none. */
export function alertsOf(queue: Queue): Alert[] {
  const q = new QueueQueries(queue.name);
  const at = queue.alerts;
  const settled = (window: string) => q.rate('settled', window);
  const oldest = q.fact('oldestEligibleAgeSeconds');
  const run = (command: string) => `levelset -q ${queue.name} ${command}`;
  const on = (
    name: string,
    level: Alert['level'],
    minutes: number,
    query: string,
    meaning: string,
    command: string,
  ): Alert => ({
    name,
    level,
    conditions: [{ title: name, query, forSeconds: minutes * 60 }],
    meaning,
    firstCommand: run(command),
  });
  return [
    on(
      'QueueStuck',
      'page',
      5,
      `${oldest} > ${at.stuckSeconds} and on (queue_name) ${q.fact('paused')} == 0`,
      `a key could have been running for more than ${at.stuckSeconds} s, and the queue is not paused`,
      'top',
    ),
    {
      name: 'NoPasses',
      level: 'page',
      conditions: [
        {
          title: 'no sweep for ten minutes',
          query: `${q.count('passes', '10m', { result: 'ok' })} < 1`,
          forSeconds: 0,
        },
        { title: 'nothing is heard of the dispatchers', query: q.absent('passes'), forSeconds: 600 },
      ],
      meaning:
        'no dispatcher has swept the queue: hints that are lost are not made good, and nothing that is lost is recovered',
      firstCommand: run('doctor'),
    },
    on(
      'DeadLetters',
      'ticket',
      0,
      `${q.fact('deadLetteredKeys')} > 0`,
      'a key was given up and waits for a decision: redrive or drop',
      'dead ls',
    ),
    {
      name: 'DeadLettersGrowing',
      level: 'page',
      conditions: [
        { title: 'many new ones', query: `${q.count('deadLetters', '30m')} > ${at.deadLettersIn30m}`, forSeconds: 0 },
      ],
      meaning: 'keys are given up one after the other: something that many of them need is broken',
      firstCommand: run('dead ls'),
    },
    on(
      'DeadLettersForgotten',
      'ticket',
      0,
      `${q.fact('oldestDeadLetterAgeSeconds')} > ${at.deadLetterAgeSeconds}`,
      'a dead letter has been waiting for days',
      'dead ls',
    ),
    on(
      'DispatchFailures',
      'page',
      15,
      `${q.rate('settled', '15m', { outcome: 'failed' })} / ${settled('15m')} > ${at.failureRatio} and ${settled('15m')} > 0.05`,
      `more than ${at.failureRatio * 100} % of the attempts fail`,
      'ls --attempts 2+',
    ),
    on(
      'TargetUnreachable',
      'page',
      10,
      `${q.rate('settled', '10m', { outcome: 'unreachable' })} / ${settled('10m')} > 0.5`,
      'the reconciler is not reached: no attempts are spent, and nothing runs',
      'doctor',
    ),
    on(
      'LeaseExpiry',
      'ticket',
      0,
      `${q.count('expiredLeases', '15m')} > 3`,
      'dispatchers were lost with keys under lease: crashes, or processes without CPU',
      'top',
    ),
    on(
      'LeaseExpiryHigh',
      'page',
      0,
      `${q.count('expiredLeases', '15m')} > 3 and ${q.count('expiredLeases', '15m')} / ${q.count('started', '15m')} > 0.1`,
      'more than a tenth of all runs lose their dispatcher',
      'top',
    ),
    on(
      'Saturated',
      'ticket',
      30,
      `${q.fact('inProgressKeys')} / ${q.fact('concurrencyLimit')} > ${at.saturation} and ${oldest} > 60`,
      'the limit of running keys is reached and keys wait for more than a minute: raise the concurrency, or make runs shorter',
      'top',
    ),
    ...(queue.maxAttempts === 0
      ? []
      : [
          on(
            'NearDeadLetter',
            'ticket',
            10,
            `${q.fact('maxAttempts')} > ${0.8 * queue.maxAttempts}`,
            `a key has failed more than ${0.8 * queue.maxAttempts} of ${queue.maxAttempts} times: act before it is given up`,
            `ls --attempts ${Math.ceil(0.8 * queue.maxAttempts)}+`,
          ),
        ]),
    on(
      'LongRunner',
      'ticket',
      0,
      `${q.fact('longestRunningSeconds')} > ${at.maxRunSeconds}`,
      `a run takes more than ${at.maxRunSeconds} s`,
      'ls --state running',
    ),
    on(
      'ListTooSlow',
      'ticket',
      15,
      `${q.quantile(0.95, 'passDuration', '15m')} > ${at.sweepSeconds}`,
      `a sweep over the queue takes more than ${at.sweepSeconds} s: it is very deep, or the bucket is slow`,
      'top',
    ),
    on(
      'BucketThrottled',
      'info',
      10,
      `${q.rate('storeRequests', '5m', { result: 'throttled' })} > 0.1`,
      'Cloud Storage slows the queue down: a burst on a fresh bucket, or one hot key',
      'top',
    ),
    on(
      'PausedTooLong',
      'ticket',
      DAY / 60,
      `${q.fact('paused')} == 1`,
      'the queue has been paused for a day',
      'resume',
    ),
    ...objectivesOf(queue).map((objective) => burnAlert(queue, q, objective)),
  ];
}

/** The budget of 28 days is used up in two (14.4 times too fast) or in five (6 times). The short window ends it soon after. */
const BURNS = [
  { factor: 14.4, long: '1h', short: '5m' },
  { factor: 6, long: '6h', short: '30m' },
] as const;

const BURN_NAMES: Readonly<Record<string, string>> = {
  acceptance: 'ReceiverErrors',
  queueing: 'StartsTooLate',
  execution: 'ExecutionFailures',
};

function burnAlert(queue: Queue, q: QueueQueries, objective: Objective): Alert {
  const { metric, label, good, bad, goal } = objective;
  const events = (window: string, values: readonly string[]) => q.count(metric, window, { [label]: values.join('|') });
  const all = (window: string) => events(window, [...good, ...bad]);
  const budget = Number((1 - goal).toFixed(6));
  return {
    name: BURN_NAMES[objective.id]!,
    // Attempts that fail are the reconciler's: DispatchFailures pages when it is an outage.
    level: objective.id === 'execution' ? 'ticket' : 'page',
    conditions: BURNS.map(({ factor, long, short }) => ({
      title: `${factor} times too fast over ${long}`,
      query: [
        `${events(long, bad)} / ${all(long)} > ${Number((factor * budget).toFixed(6))}`,
        `${events(short, bad)} / ${all(short)} > ${Number((factor * budget).toFixed(6))}`,
        `${all('1h')} >= ${queue.objectives.leastPerHour}`,
      ].join(' and '),
      forSeconds: 0,
    })),
    meaning: `the objective is being missed: ${objective.title} (owner: ${objective.owner})`,
    firstCommand: `levelset -q ${queue.name} ${objective.id === 'execution' ? 'ls --attempts 2+' : 'doctor'}`,
  };
}
