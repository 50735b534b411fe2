/** What is known of a round when it is over: written by those who saw it, each with the clock of this machine. */

/** A line of the reconciler's file. */
export type RunLine =
  | {
      readonly what: 'began';
      readonly run: string;
      readonly atMs: number;
      readonly pid: number;
      readonly key: string;
      readonly attempt: number;
      readonly fence: number;
    }
  | { readonly what: 'ended'; readonly run: string; readonly atMs: number; readonly how: string };

/** One `Process` call, as the reconciler lived it. */
export interface SeenRun {
  readonly key: string;
  readonly fence: number;
  readonly beganMs: number;
  /** When it was through, or when its process was killed. Infinity: it still runs. */
  readonly endedMs: number;
  /** `killed`: together with its process. */
  readonly how: string;
}

/** An enqueue that was acknowledged. */
export interface Acknowledged {
  readonly key: string;
  /** Just before the call. */
  readonly calledMs: number;
}

/** A record of the bucket's journal: an object as it was written, or its end. In the order in which the bucket made them. */
export type Written =
  | {
      readonly name: string;
      readonly generation: string;
      /** Of this write. */
      readonly atMs: number;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | { readonly name: string; readonly gone: true };

export interface Evidence {
  readonly acknowledged: readonly Acknowledged[];
  readonly runs: readonly SeenRun[];
  readonly bucket: readonly Written[];
  readonly concurrency: number;
  readonly lockMarginMs: number;
}

/** Puts the halves of runs together. `deaths`: when which reconciler process was killed. */
export function runsOf(lines: readonly RunLine[], deaths: ReadonlyMap<number, number>): SeenRun[] {
  const ends = new Map(lines.flatMap((line) => (line.what === 'ended' ? [[line.run, line] as const] : [])));
  return lines.flatMap((line): SeenRun[] => {
    if (line.what !== 'began') return [];
    const { run, pid, key, fence, atMs: beganMs } = line;
    const end = ends.get(run);
    const diedMs = deaths.get(pid);
    if (end) return [{ key, fence, beganMs, endedMs: end.atMs, how: end.how }];
    if (diedMs !== undefined) return [{ key, fence, beganMs, endedMs: diedMs, how: 'killed' }];
    return [{ key, fence, beganMs, endedMs: Number.POSITIVE_INFINITY, how: 'running' }];
  });
}
