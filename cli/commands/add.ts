import { QueueError } from '../../queue/errors.ts';
import { parseDuration } from '../../services/rpc/duration.ts';
import type { EnqueueOptions } from '../../services/rpc/client.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const add: CliCommand = {
  name: 'add',
  summary: 'queue keys; when it returns, they are in the bucket',
  arguments: '<key...>',
  options: [
    { flags: '--priority <n>', description: '0 to 99999999; a higher one starts first' },
    { flags: '--delay <time>', description: 'not to be started before then, such as 30s, 5m or 1h' },
  ],
  async run(keys, { priority, delay }, { openQueue, print, json }) {
    const options: EnqueueOptions = {
      ...(priority !== undefined && { priority: wholeNumber(priority) }),
      ...(delay !== undefined && { delay: milliseconds(delay) }),
    };
    const queue = openQueue();
    try {
      await queue.enqueueAll(keys, options);
    } finally {
      queue.close();
    }
    for (const key of keys) print(json ? JSON.stringify({ key, queued: true }) : `queued ${key}`);
    return EXIT.ok;
  },
};

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new QueueError('invalid', `--priority must be a whole number: priority=${text}`);
}

function milliseconds(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  throw new QueueError('invalid', `--delay: ${parsed.problem}`);
}
