import { HINT_ATTRIBUTES, HINT_KIND, type Hint, parseHint } from '../../queue/core/hint.ts';
import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** What a message of the hint topic asks of a dispatcher. */
export type Trigger =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'tick' }
  /** Our own message, to have a request to hold open. */
  | { readonly kind: 'wake' };

/** Reads a message, whoever published it. */
export function parseTrigger(message: {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly data: string;
}): Parsed<Trigger> {
  const kind = message.attributes[HINT_ATTRIBUTES.kind];
  switch (kind) {
    case HINT_KIND.tick:
      return accepted({ kind: 'tick' });
    case HINT_KIND.wake:
      return accepted({ kind: 'wake' });
    case HINT_KIND.hint: {
      const hint = parseHint(message.data);
      return hint.ok ? accepted({ kind: 'hint', hint: hint.value }) : hint;
    }
    default: {
      const shown = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 80)) : String(kind);
      return refused(`message is neither hint, tick nor wake: ${HINT_ATTRIBUTES.kind}=${shown}`);
    }
  }
}
