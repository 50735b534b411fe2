import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { type Clock, sleep } from '../../queue/ports/clock.ts';
import type { Written } from './evidence.ts';

const LOOK_EVERY_MS = 50;

const record = z.union([
  z.object({
    t: z.literal('object'),
    object: z.object({
      name: z.string(),
      generation: z.string(),
      metageneration: z.string(),
      metadata: z.record(z.string(), z.string()),
      updatedMs: z.number(),
    }),
  }),
  z.object({ t: z.literal('object-deleted'), name: z.string() }),
  z.object({ t: z.string() }).transform(() => undefined),
]);

/**
 * Everything that was ever written to the bucket, read from the emulator's journal while it grows.
 *
 * A restart replaces the journal by a snapshot of it. The old file is held open here, and read to its end before the new one is
 * begun, so no change is missed; what the snapshot repeats is skipped.
 */
export class BucketHistory {
  readonly written: Written[] = [];
  readonly #file: string;
  readonly #versions = new Map<string, string>();
  #descriptor: number | undefined;
  #rest = Buffer.alloc(0);

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads on until the signal aborts, and then to the end. */
  async follow(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.catchUp();
      await sleep(clock, LOOK_EVERY_MS, signal);
    }
    this.catchUp();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  catchUp(): void {
    this.#descriptor ??= openIfThere(this.#file);
    if (this.#descriptor === undefined) return;
    for (;;) {
      // Looked at before the last read: what replaced a file was made after the last change to it.
      const replaced = statSync(this.#file).ino !== fstatSync(this.#descriptor).ino;
      this.#readAll(this.#descriptor);
      if (!replaced) return;
      closeSync(this.#descriptor);
      this.#rest = Buffer.alloc(0);
      this.#descriptor = openSync(this.#file, 'r');
    }
  }

  #readAll(descriptor: number): void {
    const chunk = Buffer.alloc(1024 * 1024);
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      this.#rest = Buffer.concat([this.#rest, chunk.subarray(0, size)]);
      for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10)) {
        const line = this.#rest.subarray(0, end).toString('utf8');
        this.#rest = this.#rest.subarray(end + 1);
        for (const value of JSON.parse(line) as unknown[]) this.#take(record.parse(value));
      }
    }
  }

  #take(change: z.infer<typeof record>): void {
    if (change === undefined) return;
    if (change.t === 'object-deleted') {
      this.#versions.delete(change.name);
      this.written.push({ name: change.name, gone: true });
      return;
    }
    const { name, generation, metageneration, metadata, updatedMs: atMs } = change.object;
    const version = `${generation}/${metageneration}`;
    if (this.#versions.get(name) === version) return;
    this.#versions.set(name, version);
    this.written.push({ name, generation, atMs, metadata });
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch {
    return undefined;
  }
}
