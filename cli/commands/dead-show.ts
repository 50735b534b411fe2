import { deadLetterName } from '../../queue/core/layout.ts';
import { formatMoment } from '../../queue/core/span.ts';
import { readEntry } from '../../queue/read-entry.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { keyJson } from '../key-rows.ts';
import { keyOrThrow } from '../select.ts';
import { plain, safeJson } from '../terminal-text.ts';

export const deadShow: CliCommand = {
  name: 'dead show',
  aliases: ['get'],
  summary: 'show one dead letter; exits with 1 when there is none',
  arguments: '<key>',
  options: [],
  async run({ args, open, clock, print, complain, format }) {
    const key = keyOrThrow(args[0] ?? '');
    const target = await open();
    const object = await target.context.store.get(deadLetterName(key));
    if (!object) {
      complain(`there is no dead letter: key=${JSON.stringify(key)}`);
      return EXIT.bad;
    }
    const entry = readEntry(target.context, object);
    const standing = entry.redrivenMs === undefined ? 'dead' : 'redriven';
    if (format !== 'text') {
      print(safeJson(keyJson({ key, standing, entry, object, problems: [] })));
      return EXIT.ok;
    }
    const nowMs = clock.now();
    const moment = (ms: number | undefined) => (ms === undefined ? 'not known' : formatMoment(ms, nowMs));
    const rows: readonly (readonly [string, string])[] = [
      ['key', key],
      ['cause', entry.cause ?? 'not known'],
      ['last error', entry.lastError ?? 'none was kept'],
      ['attempts', String(entry.attempts)],
      ['died', moment(entry.failedMs)],
      ['first queued', moment(entry.firstQueuedMs)],
      ['priority', String(entry.priority)],
      ...(entry.redrivenMs === undefined ? [] : [['redriven', moment(entry.redrivenMs)] as const]),
      ...(entry.traceparent === undefined ? [] : [['trace', entry.traceparent] as const]),
    ];
    for (const [name, value] of rows) print(`${name.padEnd(14)}${plain(value)}`);
    return EXIT.ok;
  },
};
