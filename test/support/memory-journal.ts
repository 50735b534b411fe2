import type { EventName, Journal } from '../../catalogue/events.ts';

export interface JournalEntry {
  readonly event: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A journal that remembers, for tests. */
export class MemoryJournal implements Journal {
  readonly entries: JournalEntry[] = [];

  write(event: EventName, fields: Readonly<Record<string, unknown>> = {}): void {
    this.entries.push({ event, fields });
  }

  get events(): EventName[] {
    return this.entries.map(({ event }) => event);
  }
}
