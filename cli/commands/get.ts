import type { KeyState } from '../../services/rpc/client.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const get: CliCommand = {
  name: 'get',
  summary: 'say where a key is; exits with 1 when it is nowhere in the queue',
  arguments: '<key>',
  options: [],
  async run([key = ''], _options, { openQueue, print, complain, json, clock }) {
    const queue = openQueue();
    try {
      const state = await queue.state(key);
      if (state === undefined) {
        if (json) print(JSON.stringify({ key, status: 'unknown' }));
        else complain(`not in the queue: key=${JSON.stringify(key)}`);
        return EXIT.bad;
      }
      print(json ? JSON.stringify(state) : describeState(state, clock.now()));
      return EXIT.ok;
    } finally {
      queue.close();
    }
  },
};

/** One sentence. Times are absolute, and relative to `nowMs`. */
export function describeState(
  { key, status, priority, attempts, queuedMs, notBeforeMs }: KeyState,
  nowMs: number,
): string {
  const parts: string[] = [`${key}  ${status === 'queued' && (notBeforeMs ?? 0) > nowMs ? 'waiting' : status}`];
  parts.push(`priority ${priority}`, `attempts ${attempts}`);
  if (queuedMs !== undefined) parts.push(`queued ${moment(queuedMs, nowMs)}`);
  if (notBeforeMs !== undefined && notBeforeMs > nowMs) parts.push(`not before ${moment(notBeforeMs, nowMs)}`);
  return parts.join(', ');
}

function moment(ms: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(ms - nowMs) / 1000);
  const span =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3600)} h`;
  return `${new Date(ms).toISOString()} (${ms > nowMs ? `in ${span}` : `${span} ago`})`;
}
