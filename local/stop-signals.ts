import type { Clock } from '../queue/ports/clock.ts';

/** Ctrl-C, a polite kill, and a terminal that was closed. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** One Ctrl-C may arrive twice: from the terminal, and once more from npm, which passes it on. */
const SAME_MS = 1_000;

export interface StopSignals {
  /** Aborts when the user wants the stack to stop. */
  readonly stop: AbortSignal;
  /** Called when he does not want to wait for it. */
  onHurry(hurry: () => void): void;
  /** Leaves signals to others again. */
  release(): void;
}

export function listenForStop(clock: Clock): StopSignals {
  const stop = new AbortController();
  let firstMs = 0;
  let hurry = () => {};
  const told = () => {
    if (!stop.signal.aborted) {
      firstMs = clock.monotonic();
      stop.abort();
    } else if (clock.monotonic() - firstMs > SAME_MS) hurry();
  };
  for (const signal of SIGNALS) process.on(signal, told);
  return {
    stop: stop.signal,
    onHurry: (wanted) => {
      hurry = wanted;
    },
    release: () => {
      for (const signal of SIGNALS) process.off(signal, told);
    },
  };
}
