import type { Key } from '../queue/core/key.ts';
import { formatMoment } from '../queue/core/span.ts';
import { look, type Look } from '../queue/look.ts';
import { sleep } from '../queue/ports/clock.ts';
import type { CliContext } from './command.ts';
import { EXIT } from './exit-code.ts';
import type { Target } from './target.ts';
import { plain, safeJson } from './terminal-text.ts';

/** Between two looks. */
const LOOK_MS = 500;

export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed' | 'dead'; readonly error: string; readonly againMs?: number | undefined }
  | { readonly kind: 'requeued'; readonly againMs?: number | undefined };

/**
 * What became of the run that an enqueue asked for, as the key's objects tell; `undefined`: it waits or runs still. `generation` is that
 * of the queued entry which the enqueue wrote or found: once that is gone, the run has begun.
 */
export function outcomeSince({ queued, leased, letter }: Look, generation: string): Outcome | undefined {
  if (queued?.object.generation === generation || leased) return undefined;
  if (queued) {
    const { lastError, notBeforeMs: againMs } = queued.entry;
    return lastError === undefined ? { kind: 'requeued', againMs } : { kind: 'failed', error: lastError, againMs };
  }
  if (letter && letter.entry.redrivenMs === undefined) return { kind: 'dead', error: letter.entry.lastError ?? '' };
  return { kind: 'done' };
}

/** Waits for the outcome, and tells it. Resolves to the exit code. */
export async function awaitOutcome(context: CliContext, target: Target, key: Key, generation: string): Promise<number> {
  const { clock, format, print } = context;
  const interrupted = context.interrupted();
  for (;;) {
    const outcome = outcomeSince(await look(target.context, key), generation);
    if (outcome) {
      if (format === 'text') print(plain(`${key}: ${describe(outcome, clock.now())}`));
      else print(safeJson({ key, outcome: outcome.kind, ...('error' in outcome && { error: outcome.error }) }));
      return outcome.kind === 'failed' || outcome.kind === 'dead' ? EXIT.bad : EXIT.ok;
    }
    await sleep(clock, LOOK_MS, interrupted);
    if (interrupted.aborted) {
      context.complain(`stopped waiting; the key stays queued: key=${JSON.stringify(key)}`);
      return EXIT.unavailable;
    }
  }
}

function describe(outcome: Outcome, nowMs: number): string {
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'dead':
      return `dead: ${outcome.error}`;
    case 'failed':
      return `failed: ${outcome.error}${again(outcome.againMs, nowMs)}`;
    case 'requeued':
      return `asked to be called again${again(outcome.againMs, nowMs)}`;
    default:
      return outcome satisfies never;
  }
}

function again(ms: number | undefined, nowMs: number): string {
  return ms === undefined ? '' : `; again at ${formatMoment(ms, nowMs)}`;
}
