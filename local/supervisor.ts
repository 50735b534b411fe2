import { isAbsolute, join } from 'node:path';
import { type Clock, sleep } from '../queue/ports/clock.ts';
import { Child, type Exit } from './child.ts';
import type { LogRecord } from './log-record.ts';
import { CRASH_LOOP, HEALTHY_MS, restartDelayMs } from './restart-delay.ts';
import type { ProcessSpec } from './stack.ts';

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly packageRoot: string;
  /** What all processes get besides their own variables. */
  readonly env: NodeJS.ProcessEnv;
  /** From SIGTERM to SIGKILL. */
  readonly stopMs: number;
  /** Called with what the processes logged, and with what became of them (`process.*`). */
  readonly onRecord: (process: string, record: LogRecord) => void;
  /** Called each time that a process is ready, again after a restart. The start of others waits for it. */
  readonly onReady: (process: string) => Promise<void>;
}

/** A process that never became ready: what it said last. */
export class StartError extends Error {}

const READY_WITHIN_MS = 30_000;
const LINES_KEPT = 15;

interface Kept {
  readonly spec: ProcessSpec;
  readonly stopped: AbortController;
  readonly text: string[];
  child: Child | undefined;
  ended: Promise<void>;
}

/** Tells who waits for the start. Only the first word counts. */
interface Readiness {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps processes alive: starts them in order, starts again whatever ends on its own, stops all in order. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #kept: Kept[] = [];
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves when all are ready, or once it was told to stop. Throws `StartError` when one keeps ending before it is. */
  async start(specs: readonly ProcessSpec[]): Promise<void> {
    for (const step of inSteps(specs, (spec) => spec.startsAt)) {
      if (this.#stopping) return;
      await Promise.all(step.map((spec) => this.#begin(spec)));
    }
  }

  /** Stops all, each within its time. Resolves when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const step of inSteps(this.#kept, ({ spec }) => spec.stopsAt)) {
      await Promise.all(step.map((kept) => this.#end(kept)));
    }
  }

  /** For those who do not want to wait. */
  killAll(): void {
    this.#stopping = true;
    for (const kept of this.#kept) {
      kept.stopped.abort();
      kept.child?.kill('SIGKILL');
    }
  }

  #begin(spec: ProcessSpec): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const kept: Kept = { spec, stopped: new AbortController(), text: [], child: undefined, ended: Promise.resolve() };
    this.#kept.push(kept);
    kept.ended = this.#keep(kept, ready).finally(() => ready.resolve());
    return ready.promise;
  }

  /** Runs one process again and again until it is told to stop. */
  async #keep(kept: Kept, ready: Readiness): Promise<void> {
    const { clock, onRecord, onReady } = this.#options;
    const { spec, stopped } = kept;
    let everReady = false;
    let shortLives = 0;
    while (!stopped.signal.aborted) {
      const since = clock.monotonic();
      const child = this.#spawn(kept);
      const cancel = clock.after(READY_WITHIN_MS, () => child.kill('SIGKILL'));
      const isReady = await child.ready;
      cancel();
      if (isReady) {
        onRecord(spec.name, { event: 'process.ready', pid: child.pid, again: everReady });
        // What ends meanwhile is started again at once, whatever its preparation still waits for.
        await Promise.race([onReady(spec.name).then(ready.resolve, ready.reject), child.exited]);
        everReady = true;
      }
      const { how } = await child.exited;
      kept.child = undefined;
      if (stopped.signal.aborted) return;
      shortLives = clock.monotonic() - since < HEALTHY_MS ? shortLives + 1 : 0;
      if (!everReady && shortLives >= CRASH_LOOP) {
        const last = kept.text.map((line) => `\n  ${line}`).join('');
        return ready.reject(
          new StartError(`${spec.name} does not start (${how}, ${shortLives} times): ${spec.file}${last}`),
        );
      }
      const delayMs = restartDelayMs(shortLives);
      onRecord(spec.name, { event: 'process.exited', how, restartInMs: delayMs, crashLoop: shortLives >= CRASH_LOOP });
      await sleep(clock, delayMs, stopped.signal);
    }
  }

  #spawn(kept: Kept): Child {
    const { env, onRecord, packageRoot } = this.#options;
    const { spec, text } = kept;
    const child = new Child({
      file: isAbsolute(spec.file) ? spec.file : join(packageRoot, spec.file),
      env: { ...env, ...spec.env },
      parentWatch: join(packageRoot, 'local/parent-watch.ts'),
      onRecord: (record) => onRecord(spec.name, record),
      onText: (line) => {
        text.push(line);
        if (text.length > LINES_KEPT) text.shift();
        onRecord(spec.name, { event: 'process.output', text: line });
      },
    });
    kept.child = child;
    return child;
  }

  async #end(kept: Kept): Promise<void> {
    kept.stopped.abort();
    const { child } = kept;
    if (child !== undefined) {
      const { clock, stopMs, onRecord } = this.#options;
      child.kill('SIGTERM');
      let killed = false;
      const cancel = clock.after(stopMs, () => {
        killed = true;
        child.kill('SIGKILL');
      });
      const exit: Exit = await child.exited;
      cancel();
      onRecord(kept.spec.name, { event: 'process.stopped', how: killed ? 'killed: it did not end in time' : exit.how });
    }
    await kept.ended;
  }
}

/** Groups by a number, in its order. */
function inSteps<T>(items: readonly T[], stepOf: (item: T) => number): readonly (readonly T[])[] {
  const steps = Map.groupBy(items, stepOf);
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step);
}
