import { describeFilter, isEmptyFilter, type KeyFilter } from '../queue/core/key-filter.ts';
import { type Key, parseKey } from '../queue/core/key.ts';
import { QueueError } from '../queue/errors.ts';
import type { CliContext, CliOption } from './command.ts';

export const FILTER_OPTIONS: readonly CliOption[] = [
  { flags: '--prefix <text>', description: 'only keys that begin so' },
  { flags: '--older <time>', description: 'only those in their state for longer, such as 10m or 3d' },
  { flags: '--attempts <range>', description: 'only with so many attempts: 3, 3+ or 3-9' },
  { flags: '--error <text>', description: 'only those whose last error has this in it' },
];

export const LIMIT_OPTION: CliOption = { flags: '--limit <n>', description: 'no more than so many' };
export const ALL_OPTION: CliOption = { flags: '--all', description: 'every one: an empty filter means nothing' };

export function filterOf({ flags }: CliContext): KeyFilter {
  const [cause] = flags.some('cause', ['exhausted', 'rejected']) ?? [];
  return {
    prefix: flags.text('prefix'),
    olderMs: flags.duration('older'),
    attempts: flags.range('attempts'),
    reason: flags.word('error'),
    cause,
  };
}

/** What a bulk verb is for: keys that are named, or a filter that leaves something out, or expressly all. */
export type Selection =
  | { readonly kind: 'keys'; readonly keys: readonly Key[]; readonly target: string }
  | { readonly kind: 'filter'; readonly filter: KeyFilter; readonly limit: number; readonly target: string };

export function selectionOf(context: CliContext): Selection {
  const { args, flags } = context;
  const filter = filterOf(context);
  const limit = flags.whole('limit', 1, 100_000_000) ?? Number.POSITIVE_INFINITY;
  const empty = isEmptyFilter(filter);
  if (args.length > 0) {
    if (!empty || flags.on('all') || limit !== Number.POSITIVE_INFINITY) {
      throw new QueueError('invalid', 'name keys, or give a filter, but not both');
    }
    const keys = args.map(keyOrThrow);
    const named = keys
      .slice(0, 10)
      .map((key) => JSON.stringify(key))
      .join(' ');
    return { kind: 'keys', keys, target: keys.length > 10 ? `${named} and ${keys.length - 10} more` : named };
  }
  if (empty && !flags.on('all')) {
    throw new QueueError('invalid', 'an empty filter is refused: name keys, give a filter, or say --all');
  }
  if (!empty && flags.on('all')) throw new QueueError('invalid', '--all goes with no filter');
  const most = limit === Number.POSITIVE_INFINITY ? '' : ` limit=${limit}`;
  return { kind: 'filter', filter, limit, target: describeFilter(filter) + most };
}

export function keyOrThrow(text: string): Key {
  const key = parseKey(text);
  if (key.ok) return key.value;
  throw new QueueError('invalid', key.problem);
}

/** The first so many. */
export async function* atMost<T>(items: AsyncIterable<T>, limit: number): AsyncGenerator<T> {
  let count = 0;
  if (limit <= 0) return;
  for await (const item of items) {
    yield item;
    if (++count >= limit) return;
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
