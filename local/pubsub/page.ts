import { type Answer, answered, refused } from './answer.ts';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** Cuts a page out of resources, by name. A token holds the last name given, so it survives creations and deletions. */
export function pageOf<T extends { readonly name: string }>(
  resources: Iterable<T>,
  pageSize: number,
  pageToken: string,
): Answer<Page<T>> {
  if (pageSize < 0) return refused('INVALID_ARGUMENT', `page_size must not be negative: page_size=${pageSize}`);
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : Math.min(pageSize, MAX_PAGE_SIZE);
  const after = Buffer.from(pageToken, 'base64url').toString();
  const rest = [...resources].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const more = last !== undefined && rest.length > size;
  return answered({ items, nextPageToken: more ? Buffer.from(last.name).toString('base64url') : '' });
}
