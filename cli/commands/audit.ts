import { auditSince } from '../../queue/audit.ts';
import type { AuditRecord } from '../../queue/core/audit.ts';
import { formatMoment } from '../../queue/core/span.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { instant } from '../key-rows.ts';
import { type Column, Listing } from '../listing.ts';
import { plain } from '../terminal-text.ts';

/** Without `--since`. */
const DEFAULT_SINCE_MS = 7 * 86_400_000;

export const audit: CliCommand = {
  name: 'audit',
  summary: 'who did what, and why; the last week unless --since says otherwise',
  arguments: '',
  options: [
    { flags: '--since <time>', description: 'how far back, such as 2h or 30d' },
    { flags: '--verb <verb>', description: 'only acts of this verb' },
    { flags: '--by <who>', description: 'only acts of those whose name has this in it' },
  ],
  notes: [
    'A record is written before the act. One without a result is of an act that goes on, or was cut off: it may have been done in part.',
    'Who it was is what LEVELSET_OPERATOR, the profiles file or the machine said; the proof is in Cloud Audit Logs.',
  ],
  examples: ['levelset audit --since 2h', 'levelset audit --verb "dead redrive" --jsonl'],
  async run(context) {
    const { flags, clock } = context;
    const nowMs = clock.now();
    const sinceMs = Math.max(0, nowMs - (flags.duration('since') ?? DEFAULT_SINCE_MS));
    const [verb, by] = [flags.word('verb'), flags.word('by')];
    const target = await context.open();
    // A terminal is too narrow for a table of sentences.
    const onTerminal = context.format === 'text' && context.columns !== undefined;
    const list = new Listing(onTerminal ? { ...context, print: () => {} } : context, columns(nowMs), json);
    for await (const record of auditSince(target.context.store, sinceMs)) {
      if ((verb !== undefined && record.verb !== verb) || (by !== undefined && !record.by.includes(by))) continue;
      list.add(record);
      if (onTerminal) for (const line of story(record, nowMs)) context.print(plain(line));
    }
    list.end();
    if (list.count === 0 && context.format === 'text') context.complain('nothing was done in this time');
    return EXIT.ok;
  },
};

/** A record on a terminal: who did what, and below that why, and what came of it. */
function story({ atMs, by, verb, target, reason, result }: AuditRecord, nowMs: number): string[] {
  return [
    `${formatMoment(atMs, nowMs)}  ${by}  ${verb} ${target}`,
    ...(reason === undefined ? [] : [`    because: ${reason}`]),
    `    result: ${result ?? UNENDED}`,
  ];
}

const UNENDED = '(none: goes on, or was cut off)';

function columns(nowMs: number): readonly Column<AuditRecord>[] {
  return [
    { title: 'WHEN', text: ({ atMs }) => formatMoment(atMs, nowMs) },
    { title: 'WHO', text: ({ by }) => by },
    { title: 'WHAT', text: ({ verb, target }) => `${verb} ${target}` },
    { title: 'KEYS', side: 'right', text: ({ count }) => (count === undefined ? '' : String(count)) },
    { title: 'WHY', text: ({ reason }) => reason ?? '' },
    { title: 'RESULT', text: ({ result }) => result ?? UNENDED },
  ];
}

function json({ atMs, endedMs, ...record }: AuditRecord): Record<string, unknown> {
  return { at: instant(atMs), ...record, ended: instant(endedMs) };
}
