import type { Clock } from '../queue/ports/clock.ts';
import type { Random } from '../queue/ports/random.ts';
import type { OnChange } from './change.ts';
import type { KindSet } from './core/kind.ts';
import type { Documents } from './ports/documents.ts';

/** What every operation on resources needs. */
export interface ResourceContext {
  readonly documents: Documents;
  readonly kinds: KindSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: OnChange;
}

export function nowOf({ clock }: Pick<ResourceContext, 'clock'>): string {
  return new Date(clock.now()).toISOString();
}
