/** What the runs work under: one period of holding the region's lock. */
export interface Tenure {
  /** Owner value of the leases. */
  readonly owner: string;
  /** Whether the lock may be trusted now. */
  holds(): boolean;
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal;
}
