import { type Census, PRIORITY_CLASSES } from '../../queue/core/census.ts';
import { DEFAULT_LOCK, isLapsed } from '../../queue/core/lock.ts';
import { formatSpan } from '../../queue/core/span.ts';
import { fit, plain } from '../terminal-text.ts';
import type { FailingPrefix } from './failing.ts';
import type { Rates } from './rates.ts';

/** All that one screen shows. */
export interface Frame {
  readonly queue: string;
  readonly where: string;
  readonly census: Census;
  readonly rates: Rates | undefined;
  readonly failing: readonly FailingPrefix[];
  readonly limit: number | undefined;
  /** What the last look failed with; the census is then of the one before. */
  readonly problem: string | undefined;
}

/** The screen as lines, none wider than `columns`, no more than `rows`. What is of least use is left out first: the tail. */
export function renderFrame(frame: Frame, nowMs: number, size: { columns: number; rows: number }): string[] {
  const lines = [
    ...head(frame, nowMs),
    '',
    ...ages(frame, nowMs),
    '',
    ...priorities(frame, nowMs),
    '',
    ...holders(frame, nowMs),
  ];
  const left = size.rows - lines.length - 2;
  if (left >= 2) lines.push('', ...failing(frame, left - 1, size.columns));
  return lines.slice(0, Math.max(1, size.rows)).map((line) => fit(plain(line), size.columns).trimEnd());
}

function head({ queue, where, census, limit, problem }: Frame, nowMs: number): string[] {
  const { counts, pause, takenMs } = census;
  const time = new Date(takenMs).toISOString().slice(11, 19);
  const running = limit === undefined ? number(counts.running) : `${number(counts.running)}/${limit}`;
  return [
    `levelset top   ${queue}   ${where}   ${time} UTC`,
    ...(problem === undefined ? [] : [`! ${problem}`]),
    ...(pause
      ? [
          `PAUSED${pause.by === undefined ? '' : ` by ${pause.by}`}${pause.untilMs === undefined ? '' : `, ${formatSpan(pause.untilMs - nowMs)} left`}${pause.reason === undefined ? '' : `: ${pause.reason}`}`,
        ]
      : []),
    '',
    row(['ELIGIBLE', 'WAITING', 'RUNNING', 'TOUCHED', 'DEAD', 'REDRIVEN']),
    row([
      number(counts.eligible),
      number(counts.waiting),
      running,
      number(counts.touched),
      number(counts.dead),
      number(counts.redriven),
    ]),
  ];
}

function ages({ census, rates }: Frame, nowMs: number): string[] {
  const ago = (ms: number | undefined) => (ms === undefined ? '-' : formatSpan(Math.max(0, nowMs - ms)));
  const next = census.nextDueMs === undefined ? '-' : `in ${formatSpan(Math.max(0, census.nextDueMs - nowMs))}`;
  const rate = rates
    ? `added >= ${each(rates.added)}   settled >= ${each(rates.settled)}   backlog ${rates.growth >= 0 ? '+' : '-'}${each(Math.abs(rates.growth))}${emptyIn(census, rates)}`
    : 'rates: after the next look';
  return [
    `oldest eligible ${ago(census.oldestEligibleMs)}   longest run ${ago(census.longestRunningMs)}   next due ${next}`,
    `oldest dead letter ${ago(census.oldestDeadMs)}   most attempts ${census.maxAttempts}`,
    rate,
  ];
}

function emptyIn({ counts }: Census, { growth }: Rates): string {
  return growth < 0 && counts.eligible > 0 ? `   empty in ${formatSpan((counts.eligible / -growth) * 1000)}` : '';
}

function priorities({ census }: Frame, nowMs: number): string[] {
  const shown = PRIORITY_CLASSES.toReversed().filter((each) => census.eligible[each].count > 0);
  const rows = shown.map((each) => {
    const { count, oldestMs } = census.eligible[each];
    const age = oldestMs === undefined ? '-' : formatSpan(Math.max(0, nowMs - oldestMs));
    return row([PRIORITY_NAMES[each], number(count), age]);
  });
  return [row(['PRIORITY', 'ELIGIBLE', 'OLDEST']), ...(rows.length === 0 ? ['           -'] : rows)];
}

const PRIORITY_NAMES = { '0': '0', '1': '1-9', '10': '10-99', '100': '100-999', '1000': '1000+' } as const;

function holders({ census }: Frame, nowMs: number): string[] {
  const known = census.holders.reduce((sum, { leases }) => sum + leases, 0);
  const others = census.counts.running - known;
  const rows = census.holders.slice(0, 5).map((holder) => {
    const state = isLapsed(holder, nowMs, DEFAULT_LOCK)
      ? 'LAPSED'
      : holder.wanted === undefined
        ? 'holds'
        : 'hands over';
    return `${row([holder.region, state, number(holder.leases)])}  ${holder.instance}`;
  });
  return [
    `${row(['REGION', 'LOCK', 'LEASES'])}  INSTANCE`,
    ...(rows.length === 0 ? ['           no dispatcher is at work'] : rows),
    ...(others > 0 ? [`           ${others} leases of nobody who holds a lock`] : []),
  ];
}

function failing({ failing: prefixes }: Frame, most: number, columns: number): string[] {
  if (prefixes.length === 0) return ['no key fails'];
  const line = (prefix: string, count: string, dead: string, error: string) =>
    `${fit(plain(prefix), 24)} ${fit(count, 8, 'right')} ${fit(dead, 8, 'right')}  ${fit(plain(error), Math.max(10, columns - 44))}`;
  return [
    line('FAILING', 'LIVE', 'DEAD', 'LAST ERROR'),
    ...prefixes
      .slice(0, most - 1)
      .map((each) => line(each.prefix, number(each.failing), number(each.dead), each.error)),
  ];
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => fit(cell, 12, 'right')).join(' ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function each(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))}/s`;
}
