export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** One aspect of a resource, for people and programs. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  /** When `status` last became what it is. */
  readonly lastTransitionTime: string;
  /** The generation of the spec that this was said of. */
  readonly observedGeneration?: number;
}

/** What is said; when it became so is worked out. */
export type ConditionClaim = Omit<Condition, 'lastTransitionTime'>;

/**
 * The conditions with a claim in its place among them, or the very same array where the claim says nothing new.
 *
 * `lastTransitionTime` moves only with `status`: a reason or a message that changes keeps it. (Otherwise every pass would change the
 * status, and each change would be a reason for a pass.)
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  claim: ConditionClaim,
  now: string,
): readonly Condition[] {
  const all = conditions ?? [];
  const at = all.findIndex(({ type }) => type === claim.type);
  const before = all[at];
  if (before && sameClaim(before, claim)) return all;
  const lastTransitionTime = before?.status === claim.status ? before.lastTransitionTime : now;
  const after: Condition = { ...claim, lastTransitionTime };
  return before ? all.with(at, after) : [...all, after];
}

/** `Unknown` for a condition that nobody has spoken of. */
export function conditionStatus(conditions: readonly Condition[] | undefined, type: string): ConditionStatus {
  return findCondition(conditions, type)?.status ?? 'Unknown';
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** A condition that came or changed what it says, and the status it had before. */
export interface ConditionChange {
  readonly condition: Condition;
  readonly previousStatus: ConditionStatus;
}

export function changedConditions(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): readonly ConditionChange[] {
  return (after ?? []).flatMap((condition) => {
    const previous = findCondition(before, condition.type);
    const same =
      previous?.status === condition.status &&
      previous.reason === condition.reason &&
      previous.message === condition.message;
    return same ? [] : [{ condition, previousStatus: previous?.status ?? 'Unknown' }];
  });
}

function sameClaim(before: Condition, claim: ConditionClaim): boolean {
  return (
    before.status === claim.status &&
    before.reason === claim.reason &&
    before.message === claim.message &&
    before.observedGeneration === claim.observedGeneration
  );
}
