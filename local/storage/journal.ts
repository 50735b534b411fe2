import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { QueueError } from '../../queue/errors.ts';
import { lockFolder } from './folder-lock.ts';

/** The journal is rewritten when it has grown by this much, and by its own size, since it was last compact. */
const COMPACT_AFTER_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface JournalOptions {
  readonly folder: string;
  /** Takes a record of an earlier life, in the order in which they were written. False: it is not one. */
  readonly replay: (record: unknown) => boolean;
  /** Records that make up the whole present state. */
  readonly snapshot: () => Iterable<object>;
  readonly compactAfterBytes?: number;
}

/**
 * An append-only file of changes, each line the JSON array of the records of one atomic change.
 *
 * A line is handed to the operating system before `append` returns, so it survives the death of the process (not that of the
 * machine). A compact journal is a snapshot written the same way; it replaces the old file by a rename, so there is always
 * exactly one whole file. The last line may be torn: its change was never acknowledged, and it is dropped.
 */
export class Journal {
  readonly #file: string;
  readonly #options: JournalOptions;
  readonly #unlock: () => void;
  #descriptor: number;
  #bytes = 0;
  #compactBytes = 0;

  constructor(options: JournalOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.#options = options;
    this.#file = join(options.folder, 'journal.ndjson');
    this.#unlock = lockFolder(options.folder);
    for (const { record, line } of readRecords(this.#file)) {
      if (!options.replay(record)) throw corrupt(this.#file, line);
    }
    this.#descriptor = this.#compact();
  }

  /** Writes one atomic change. Throws if it could not be written whole; then none of it is kept. */
  append(records: readonly object[]): void {
    const limit = Math.max(this.#options.compactAfterBytes ?? COMPACT_AFTER_BYTES, this.#compactBytes);
    if (this.#bytes - this.#compactBytes > limit) {
      const old = this.#descriptor;
      this.#descriptor = this.#compact();
      closeSync(old);
    }
    try {
      this.#bytes += write(this.#descriptor, records);
    } catch (error) {
      // A part of a line followed by the next one would make both unreadable.
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#unlock();
  }

  /** Writes the present state to a new file and puts it in the place of the old one. Returns the new file, open to append. */
  #compact(): number {
    const fresh = `${this.#file}.new`;
    const descriptor = openSync(fresh, 'w');
    let bytes = 0;
    for (const record of this.#options.snapshot()) bytes += write(descriptor, [record]);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(fresh, this.#file);
    this.#bytes = bytes;
    this.#compactBytes = bytes;
    return openSync(this.#file, 'a');
  }
}

function write(descriptor: number, records: readonly object[]): number {
  const line = Buffer.from(`${JSON.stringify(records)}\n`);
  for (let at = 0; at < line.length;) at += writeSync(descriptor, line, at);
  return line.length;
}

/** The records of each line. A line that is not what `append` wrote stops the reading, unless it is the last one. */
function* readRecords(file: string): Generator<{ record: unknown; line: number }, void, undefined> {
  let line = 0;
  for (const { text, isLast } of readLines(file)) {
    line++;
    const records = parse(text);
    if (records === undefined && !isLast) throw corrupt(file, line);
    for (const record of records ?? []) yield { record, line };
  }
}

function corrupt(file: string, line: number): QueueError {
  return new QueueError('corrupt', `the journal cannot be read: file=${file} line=${line}`);
}

function parse(line: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The ended lines of a file, one at a time, so that its size does not matter. What follows the last line break is torn. */
function* readLines(file: string): Generator<{ text: string; isLast: boolean }, void, undefined> {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return;
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let pending: Buffer[] = [];
    let line: string | undefined;
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < size; end = chunk.indexOf(NEWLINE, start)) {
        if (line !== undefined) yield { text: line, isLast: false };
        line = Buffer.concat([...pending, chunk.subarray(start, end)]).toString('utf8');
        pending = [];
        start = end + 1;
      }
      pending.push(Buffer.from(chunk.subarray(start, size)));
    }
    if (line !== undefined) yield { text: line, isLast: pending.every((rest) => rest.length === 0) };
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
