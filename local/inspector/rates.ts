import type { LogRecord } from '../log-record.ts';

/** One bar of the plots. */
const BAR_MS = 2_000;
/** Bars kept: five minutes. */
const BARS = 150;
/** Waits kept per bar, for its percentiles; of more, a bar keeps the first ones. */
const WAITS = 2_000;

/** What happened in one stretch of time. */
export interface Bar {
  readonly startMs: number;
  readonly added: number;
  readonly done: number;
  /** Runs that did not end well: failed, rejected, exhausted, lost. */
  readonly failed: number;
  /** Ms from eligible to started, of the runs that started in it; absent where none did. */
  readonly waitP50Ms?: number | undefined;
  readonly waitP99Ms?: number | undefined;
}

interface Counted {
  added: number;
  done: number;
  failed: number;
  readonly waitsMs: number[];
}

const ADDED = new Set(['key.queued', 'key.merged', 'key.redriven']);
const FAILED = new Set(['key.failed', 'key.rejected', 'key.exhausted', 'key.lost']);

/** Throughput and waits of the last minutes, from what the services log. */
export class Rates {
  readonly #bars = new Map<number, Counted>();

  add({ event, waitedMs }: LogRecord, atMs: number): void {
    if (!event.startsWith('key.')) return;
    const bar = this.#barAt(atMs);
    if (ADDED.has(event)) bar.added++;
    else if (FAILED.has(event)) bar.failed++;
    else if (event === 'key.done' || event === 'key.requeued') bar.done++;
    else if (event === 'key.started' && typeof waitedMs === 'number' && bar.waitsMs.length < WAITS) {
      bar.waitsMs.push(waitedMs);
    }
  }

  /** The bars up to now, oldest first, without gaps. */
  bars(nowMs: number): readonly Bar[] {
    const last = Math.floor(nowMs / BAR_MS);
    return Array.from({ length: BARS }, (_, index) => {
      const at = last - BARS + 1 + index;
      const { added, done, failed, waitsMs } = this.#bars.get(at) ?? NOTHING;
      const sorted = waitsMs.toSorted((a, b) => a - b);
      return {
        startMs: at * BAR_MS,
        added,
        done,
        failed,
        waitP50Ms: sorted[Math.ceil(sorted.length * 0.5) - 1],
        waitP99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1],
      };
    });
  }

  #barAt(atMs: number): Counted {
    const at = Math.floor(atMs / BAR_MS);
    let bar = this.#bars.get(at);
    if (bar === undefined) {
      bar = { added: 0, done: 0, failed: 0, waitsMs: [] };
      this.#bars.set(at, bar);
      for (const older of this.#bars.keys()) if (older <= at - BARS) this.#bars.delete(older);
    }
    return bar;
  }
}

const NOTHING: Readonly<Counted> = { added: 0, done: 0, failed: 0, waitsMs: [] };
