import type { Resource } from './core/resource.ts';

/** A write that was made. `status`: only the status differs. */
export interface Change {
  readonly action: 'created' | 'updated' | 'patched' | 'deleted';
  readonly part: 'resource' | 'status';
  /** As it is now; of a deleted one, as it was last. */
  readonly resource: Resource;
  readonly before?: Resource;
}

/** Told of every write after it was made. Never rejects: the write stands, whatever becomes of the news of it. */
export type OnChange = (change: Change) => Promise<void>;
