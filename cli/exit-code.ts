/** What the command tells scripts. */
export const EXIT = {
  ok: 0,
  /** The answer is bad, or there is none: a key that is not found, a check that found trouble. */
  bad: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something that the command needs does not answer; the same line may work later. */
  unavailable: 3,
} as const;
