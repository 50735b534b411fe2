import type { Resource } from './core/resource.ts';

/** A merge patch (RFC 7396), a JSON patch (RFC 6902), or a merge patch with paths for its names. */
export type PatchType = 'merge' | 'json' | 'shorthand';

/** A write that was made. `status`: only the status differs. */
export interface Change {
  readonly action: 'created' | 'updated' | 'patched' | 'deleted';
  readonly part: 'resource' | 'status';
  /** Of `patched`: how the patch was written. */
  readonly patchType?: PatchType;
  /** As it is now; of a deleted one, as it was last. */
  readonly resource: Resource;
  readonly before?: Resource;
}

/** Told of every write after it was made. Never rejects: the write stands, whatever becomes of the news of it. */
export type OnChange = (change: Change) => Promise<void>;
