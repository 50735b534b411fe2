/** Keys that lie in the bucket before a measurement begins. */
export interface Seed {
  readonly keys: number;
  /** All due in a day, in place of now. */
  readonly delayed?: boolean;
  /** Where; `queued/` where absent. */
  readonly prefix?: string;
}

const DAY_MS = 86_400_000;

/** Names as users have them: a few hundred groups of unlike size. */
export function seededKey(index: number): string {
  return `team-${(index * index) % 211}/repository-${String(index).padStart(7, '0')}`;
}

/** What an enqueue of ours writes. */
export function seededMetadata(index: number, delayed: boolean, nowMs: number): Record<string, string> {
  const notBefore = new Date(nowMs + DAY_MS).toISOString().replace(/\.\d+/, '');
  return {
    priority: '00000000',
    attempts: '0',
    'first-queued': String(nowMs - 1_000_000 + index),
    ...(delayed && { 'not-before': notBefore }),
  };
}
