import type { Outcome } from '../../queue/core/outcome.ts';
import { oneLine } from '../../queue/core/text.ts';
import { isAnswer, outcomeOf } from './answer.ts';
import { isRejectedError } from './rejected-error.ts';

/** How a handler came to its end. */
export type Ending =
  { readonly kind: 'returned'; readonly value: unknown } | { readonly kind: 'threw'; readonly error: unknown };

/**
 * What a handler's end says about its key. `interruptedMs` is set where the instance had been told to stop: an error is then
 * put down to that, an answer still counts.
 */
export function verdict(ending: Ending, interruptedMs?: number): Outcome {
  switch (ending.kind) {
    case 'returned':
      if (isAnswer(ending.value)) return outcomeOf(ending.value);
      return {
        kind: 'failed',
        error: `the handler returned no answer: return done() or another answer, not ${typeof ending.value}`,
      };
    case 'threw':
      if (isAnswer(ending.error) && ending.error.kind === 'rejected') return outcomeOf(ending.error);
      if (isRejectedError(ending.error)) return { kind: 'rejected', reason: describe(ending.error) };
      if (interruptedMs !== undefined) return { kind: 'interrupted', delayMs: interruptedMs };
      return { kind: 'failed', error: describe(ending.error) };
    default:
      return ending satisfies never;
  }
}

/** How many causes are told: what a library says ("fetch failed") is often explained only by the next. */
const CAUSES = 3;

/** One line about anything that can be thrown. Never throws. */
export function describe(thrown: unknown): string {
  const parts: string[] = [];
  let current = thrown;
  for (let depth = 0; depth < CAUSES && current !== undefined; depth++) {
    const part = describeOne(current);
    if (part !== '' && !parts.includes(part)) parts.push(part);
    current = current instanceof Error ? current.cause : undefined;
  }
  return oneLine(parts.join(': ')) || 'failed without a message';
}

function describeOne(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const named = thrown.name === 'Error' || thrown.name === 'RejectedError' || thrown.name === 'QueueError';
    return named ? thrown.message : `${thrown.name}: ${thrown.message}`;
  } catch {
    return 'threw a value that cannot be shown';
  }
}
