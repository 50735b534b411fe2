/** Requests of the JSON API by what they are; `refused` = answered 4xx, which is not billed. */
export type RequestKind = 'insert' | 'rewrite' | 'patch' | 'list' | 'get' | 'delete' | 'refused';

export type RequestCounts = Record<RequestKind, number>;

export function noRequests(): RequestCounts {
  return { insert: 0, rewrite: 0, patch: 0, list: 0, get: 0, delete: 0, refused: 0 };
}

export function classify(method: string, path: string, status: number): RequestKind {
  if (status >= 400) return 'refused';
  switch (method) {
    case 'POST':
      return path.startsWith('/upload') ? 'insert' : 'rewrite';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
    default:
      return /\/o$/.test(path) ? 'list' : 'get';
  }
}

export function since(before: RequestCounts, after: RequestCounts): RequestCounts {
  const counts = noRequests();
  for (const kind of Object.keys(counts) as RequestKind[]) counts[kind] = after[kind] - before[kind];
  return counts;
}

export function total(counts: RequestCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
