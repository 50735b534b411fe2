import type { RequestCounts } from './requests.ts';
import type { Seed } from './seed.ts';

export const BUCKET_NAME = 'bench';

/** What a bench asks of the store's process; each order is answered. */
export type StoreOrder =
  | { readonly kind: 'latency'; readonly ms: number }
  /** Forgets everything, and fills the bucket. */
  | { readonly kind: 'reset'; readonly seed?: Seed }
  | { readonly kind: 'counts' };

export interface StoreAnswer {
  readonly port: number;
  /** Requests since the last reset. */
  readonly counts: RequestCounts;
  /** CPU of the store's process so far. */
  readonly cpuMs: number;
}
