/** A Pub/Sub to hold against the contract. */
export interface PubsubTarget {
  readonly name: string;
  /** Why it cannot be started here; the whole contract is skipped then. */
  readonly missing: string | undefined;
  readonly start: () => Promise<{ port: number; close(): Promise<void> }>;
  /** Where the target is known to differ from the documentation: the reason, or undefined if it does not. */
  readonly deviations: {
    readonly ignoresFilters: string | undefined;
    readonly countsPushAttemptsLoosely: string | undefined;
    readonly buriesOnNextPull: string | undefined;
    readonly pullsFromPush: string | undefined;
    readonly takesGoogAttributes: string | undefined;
  };
}
