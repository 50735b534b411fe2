import type { Entry } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import { formatMoment } from '../../queue/core/span.ts';
import { whyNotRunning } from '../../queue/core/why.ts';
import { look, type Look } from '../../queue/look.ts';
import { sleep } from '../../queue/ports/clock.ts';
import { isHeldUpByOthers, sightOf, surroundings } from '../../queue/surroundings.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { instant } from '../key-rows.ts';
import { keyOrThrow } from '../select.ts';
import type { Target } from '../target.ts';
import { plain, safeJson } from '../terminal-text.ts';

/** Between two looks of `--watch`. */
const WATCH_MS = 1_000;

export const get: CliCommand = {
  name: 'get',
  summary: 'say where a key is and why it is not running; exits with 1 when it is nowhere in the queue',
  arguments: '<key>',
  options: [{ flags: '--watch', description: 'look every second, tell each change, until the key is gone or dead' }],
  examples: ['levelset get tenant-a/db-1', 'levelset get tenant-a/db-1 --watch'],
  async run(context) {
    const key = keyOrThrow(context.args[0] ?? '');
    const target = await context.open();
    return context.flags.on('watch') ? watch(context, target, key) : (await tell(context, target, key)).exit;
  },
};

async function watch(context: CliContext, target: Target, key: Key): Promise<number> {
  const interrupted = context.interrupted();
  let before = '';
  for (;;) {
    const seen = await look(target.context, key);
    const now = [seen.queued, seen.leased, seen.letter].map(
      (part) => part && `${part.object.generation}/${part.object.metageneration}`,
    );
    const state = JSON.stringify([now, seen.pause !== undefined]);
    if (state !== before) await tell(context, target, key, seen);
    before = state;
    if (!seen.queued && !seen.leased) return seen.letter ? EXIT.bad : EXIT.ok;
    await sleep(context.clock, WATCH_MS, interrupted);
    if (interrupted.aborted) return EXIT.ok;
  }
}

async function tell(context: CliContext, target: Target, key: Key, seen?: Look): Promise<{ readonly exit: number }> {
  const { clock, print, format } = context;
  const found = seen ?? (await look(target.context, key));
  const { queued, leased, letter } = found;
  const around =
    queued && isHeldUpByOthers(found, clock.now())
      ? await surroundings(target.context, key, queued.entry, target.settings.concurrency)
      : undefined;
  const nowMs = clock.now();
  const why = whyNotRunning(sightOf(found, nowMs, around));
  const exit = queued || leased || letter ? EXIT.ok : EXIT.bad;
  if (format === 'text') {
    print(`${plain(key)}: ${plain(why)}`);
    for (const line of details(found, nowMs, target, key)) print(`  ${plain(line)}`);
  } else {
    const states = [leased && 'running', queued && 'queued', letter && 'dead-letter'].filter(
      (state) => state !== undefined,
    );
    print(
      safeJson({
        key,
        why,
        states,
        queued: queued && part(queued.entry),
        running: leased && part(leased.entry),
        deadLetter: letter && part(letter.entry),
        around,
        at: instant(nowMs),
      }),
    );
  }
  return { exit };
}

function details({ queued, leased, letter }: Look, nowMs: number, target: Target, key: Key): string[] {
  const lines: string[] = [];
  const live = (leased ?? queued)?.entry;
  if (live) {
    const first = live.firstQueuedMs === undefined ? '' : `, first queued ${formatMoment(live.firstQueuedMs, nowMs)}`;
    lines.push(`priority ${live.priority}, attempts ${live.attempts}${first}`);
  }
  if (leased) {
    const { owner = '?', fence, leaseExpirationMs } = leased.entry;
    const until = leaseExpirationMs === undefined ? '' : ` until ${formatMoment(leaseExpirationMs, nowMs)}`;
    lines.push(`lease: ${owner}, fence ${fence ?? '?'}${until}`);
    if (leased.entry.lastError !== undefined) lines.push(`failed before: ${leased.entry.lastError}`);
  }
  if (live?.recoveries) lines.push(`dispatchers lost in a row while they ran it: ${live.recoveries}`);
  if (letter && live)
    lines.push(
      `has a dead letter${letter.entry.redrivenMs === undefined ? '' : ', redriven'}: ${letter.entry.lastError ?? ''}`,
    );
  if (letter && !live) lines.push(`to queue it again: levelset dead redrive ${quoted(key)}`);
  lines.push(...links(target, key, live?.traceparent ?? letter?.entry.traceparent));
  return lines;
}

/** Where a real queue's logs and traces of the key are. */
function links({ settings }: Target, key: Key, traceparent: string | undefined): string[] {
  const { project, local, storageEndpoint } = settings;
  if (local || storageEndpoint !== undefined || project === undefined) return [];
  const query = encodeURIComponent(`jsonPayload.key=${JSON.stringify(key)}`);
  const trace = traceparent?.split('-')[1];
  return [
    `logs: https://console.cloud.google.com/logs/query;query=${query}?project=${project}`,
    ...(trace === undefined
      ? []
      : [`trace: https://console.cloud.google.com/traces/list?project=${project}&tid=${trace}`]),
  ];
}

function quoted(key: string): string {
  return /^[\w./:@%+=-]+$/.test(key) && !key.startsWith('-') ? key : `'${key.replaceAll("'", `'\\''`)}'`;
}

function part(entry: Entry): Record<string, unknown> {
  const { unknown: _, bump: __, notBeforeMs, firstQueuedMs, leaseExpirationMs, failedMs, redrivenMs, ...rest } = entry;
  return {
    ...rest,
    notBefore: instant(notBeforeMs),
    firstQueued: instant(firstQueuedMs),
    leaseExpires: instant(leaseExpirationMs),
    failed: instant(failedMs),
    redriven: instant(redrivenMs),
  };
}
