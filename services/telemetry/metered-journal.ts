import type { EventName, Journal } from '../../catalogue/events.ts';
import { METRICS } from '../../catalogue/metrics.ts';
import type { Instruments } from './instruments.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The target that `workqueue_started_total` counts against: 99 % of keys start so soon after they could. */
const START_TARGET_MS = 60_000;

/** The outcome of events that say none, because nothing was settled. */
const OUTCOME: Partial<Record<EventName, string>> = { 'key.lost': 'lost' };

/** The same journal, with what it is told counted: whatever is worth a metric is worth an event, and is written once. */
export function meteredJournal(journal: Journal, instruments: Instruments): Journal {
  return {
    write(event, fields = {}) {
      journal.write(event, fields);
      measure(instruments, event, fields);
    },
  };
}

function measure(instruments: Instruments, event: EventName, fields: Fields): void {
  switch (event) {
    case 'key.queued':
      return instruments.count(METRICS.addedKeys);
    case 'key.merged':
    case 'key.deduplicated':
      return instruments.count(METRICS.dedupedKeys);
    case 'key.started':
      return started(instruments, fields);
    case 'key.done':
      settled(instruments, event, fields);
      return completed(instruments, 'done', fields);
    case 'key.rejected':
    case 'key.exhausted':
      settled(instruments, event, fields);
      instruments.count(METRICS.deadLetters, { cause: event === 'key.rejected' ? 'rejected' : 'exhausted' });
      return completed(instruments, 'dead', fields);
    case 'key.requeued':
    case 'key.failed':
    case 'key.interrupted':
    case 'key.unreachable':
    case 'key.lost':
      return settled(instruments, event, fields);
    case 'key.recovered':
      return instruments.count(METRICS.expiredLeases);
    case 'sweep.done':
      instruments.count(METRICS.passes, { result: 'ok' });
      instruments.count(METRICS.listedKeys, {}, Number(fields.listed ?? 0));
      return seconds(instruments, METRICS.passDuration, fields.tookMs);
    case 'store.failed':
      if (fields.operation === 'sweep') instruments.count(METRICS.passes, { result: 'error' });
      return;
    case 'queue.paused':
      return instruments.gauge(METRICS.paused, 1);
    case 'queue.resumed':
      return instruments.gauge(METRICS.paused, 0);
    case 'operator.acted':
      return acted(instruments, fields);
    case 'call.refused':
      return instruments.count(METRICS.enqueueCalls, { result: 'refused' });
    case 'ingress.ignored':
      return instruments.count(METRICS.ingressEvents, { result: 'ignored' });
    case 'ingress.invalid':
      return instruments.count(METRICS.ingressEvents, { result: 'invalid' });
    default:
      return;
  }
}

/** Of a verb that this version does not know, the log tells. */
function acted(instruments: Instruments, { verb }: Fields): void {
  const known = METRICS.operatorActions.labels['verb']?.find((each) => each === verb);
  if (known !== undefined) instruments.count(METRICS.operatorActions, { verb: known });
}

/** A key whose entry does not say since when it waits counts as nothing: it would be neither early nor late. */
function started(instruments: Instruments, { waitedMs, redriven }: Fields): void {
  if (redriven === true) instruments.count(METRICS.redriven);
  if (typeof waitedMs !== 'number') return;
  seconds(instruments, METRICS.waitLatency, waitedMs);
  instruments.count(METRICS.started, { within_target: String(waitedMs <= START_TARGET_MS) });
}

/** A recovery that buries a key settles no attempt: it says no outcome, and none is counted. */
function settled(instruments: Instruments, event: EventName, fields: Fields): void {
  const outcome = typeof fields.outcome === 'string' ? fields.outcome : OUTCOME[event];
  if (outcome === undefined) return;
  instruments.count(METRICS.settled, { outcome });
  if (outcome !== 'unreachable') seconds(instruments, METRICS.processLatency, fields.runMs);
  seconds(instruments, METRICS.leaseAge, fields.leasedMs);
}

function completed(instruments: Instruments, status: 'done' | 'dead', { ageMs, attempt }: Fields): void {
  if (typeof ageMs === 'number') instruments.record(METRICS.timeToCompletion, ageMs / 1000, { status });
  if (typeof attempt === 'number') instruments.record(METRICS.attemptsAtCompletion, attempt);
}

function seconds(instruments: Instruments, metric: Parameters<Instruments['record']>[0], ms: unknown): void {
  if (typeof ms === 'number') instruments.record(metric, ms / 1000);
}
