import type { Counted } from '../queue/core/census.ts';

/** Dead letters that died of about the same. */
export interface Reason {
  readonly letters: number;
  readonly cause: string;
  /** The error, with what differs from key to key left out. */
  readonly reason: string;
  /** One of the keys. */
  readonly example: string;
}

/** Reasons that are told apart; what comes after these is counted together. */
const MOST = 1_000;
const OTHERS = '(other reasons)';

/** Counts dead letters by reason. */
export class ReasonCount {
  readonly #reasons = new Map<string, Reason>();

  add({ key, entry }: Pick<Counted, 'key' | 'entry'>): void {
    const cause = entry.cause ?? '?';
    let reason = reasonOf(entry.lastError ?? '(no error was kept)', key);
    if (!this.#reasons.has(`${cause} ${reason}`) && this.#reasons.size >= MOST) reason = OTHERS;
    const id = `${cause} ${reason}`;
    const before = this.#reasons.get(id);
    this.#reasons.set(id, { letters: (before?.letters ?? 0) + 1, cause, reason, example: before?.example ?? key });
  }

  /** Most letters first. */
  largest(): readonly Reason[] {
    return [...this.#reasons.values()].toSorted((a, b) => b.letters - a.letters);
  }
}

/** An error as the kind that it is of: the key, numbers and long hexadecimal names become `…`. */
export function reasonOf(error: string, key: string): string {
  return error
    .replaceAll(key, '…')
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/gi, '…')
    .replace(/\d+(?:\.\d+)*/g, '…');
}
