import { type Enqueue, parseEnqueue } from '../../queue/core/enqueue.ts';
import type { IncomingEvent } from './incoming-event.ts';
import type { Condition, Rule } from './rules.ts';

/** What the rules make of an event. */
export type Routed =
  | { readonly kind: 'wish'; readonly rule: string; readonly wish: Enqueue }
  /** Nothing to do: no rule is about it, or the one that is finds no key in it. */
  | { readonly kind: 'ignored'; readonly why: 'no match' }
  | { readonly kind: 'ignored'; readonly why: 'no key'; readonly rule: string }
  | { readonly kind: 'invalid'; readonly rule: string; readonly problem: string };

/** The first rule whose conditions all hold decides; those after it are not asked. */
export function route(rules: readonly Rule[], event: IncomingEvent): Routed {
  const rule = rules.find(({ conditions }) =>
    conditions.every(({ place, condition }) => holds(condition, place(event))),
  );
  if (!rule) return { kind: 'ignored', why: 'no match' };
  const { name, priority, delaySeconds } = rule;
  const key = rule.key(event);
  if (key === undefined) return { kind: 'ignored', why: 'no key', rule: name };
  const wish = parseEnqueue({ key, priority, delaySeconds });
  return wish.ok
    ? { kind: 'wish', rule: name, wish: wish.value }
    : { kind: 'invalid', rule: name, problem: wish.problem };
}

function holds(condition: Condition, found: string | undefined): boolean {
  if ('present' in condition) return (found !== undefined) === condition.present;
  if ('equals' in condition) return found === condition.equals;
  return found?.startsWith(condition.prefix) ?? false;
}
