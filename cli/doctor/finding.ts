/** What a check found. `bad` comes with what to do about it; `skipped` says why it could not be checked. */
export type Finding = {
  readonly check: string;
  readonly says: string;
} & (
  | { readonly level: 'ok' | 'skipped' }
  /** Something to act on. */
  | { readonly level: 'bad'; readonly fix: string }
);

export function fine(check: string, says: string): Finding {
  return { check, level: 'ok', says };
}

export function skipped(check: string, says: string): Finding {
  return { check, level: 'skipped', says };
}

export function bad(check: string, says: string, fix: string): Finding {
  return { check, level: 'bad', says, fix };
}
