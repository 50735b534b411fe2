import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;

/** Never through a link, and without waiting for the other end of a pipe that took the file's place. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Whether two files hold the same bytes at the time of reading. */
export async function sameBytes(left: string, right: string, signal: AbortSignal): Promise<boolean> {
  return withFile(left, READ, (a) => withFile(right, READ, (b) => sameInBoth(a, b, signal)));
}

async function sameInBoth(a: FileHandle, b: FileHandle, signal: AbortSignal): Promise<boolean> {
  const bufferA = Buffer.allocUnsafe(CHUNK_BYTES);
  const bufferB = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const [readA, readB] = await Promise.all([fill(a, bufferA, position), fill(b, bufferB, position)]);
    if (readA !== readB || !bufferA.subarray(0, readA).equals(bufferB.subarray(0, readB))) return false;
    if (readA < CHUNK_BYTES) return true;
    position += readA;
  }
}

/**
 * Copies a file to a new path. Answers false when the source changed meanwhile: the copy may then be a mixture of two states that
 * never existed and must not be used.
 */
export async function copyBytes(from: string, to: string, mode: number, signal: AbortSignal): Promise<boolean> {
  return withFile(from, READ, async (source) => {
    const before = await source.stat({ bigint: true });
    if (!before.isFile()) return false;
    // Readable by no one else before it has its own mode.
    await withFile(to, 'wx', (copy) => pour(source, copy, signal).then(() => copy.chmod(mode)), 0o600);
    const after = await source.stat({ bigint: true });
    const there = await lstat(from, { bigint: true });
    return (
      after.size === before.size &&
      after.mtimeNs === before.mtimeNs &&
      // The path may lead to another file by now, as after an editor's save by rename.
      there.ino === before.ino &&
      there.dev === before.dev
    );
  });
}

async function pour(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const bytes = await fill(from, buffer, position);
    if (bytes > 0) await writeAll(to, buffer.subarray(0, bytes));
    if (bytes < CHUNK_BYTES) return;
    position += bytes;
  }
}

async function withFile<T>(
  path: string,
  flags: number | string,
  task: (file: FileHandle) => Promise<T>,
  mode?: number,
): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await task(file);
  } finally {
    await file.close();
  }
}

/** Reads until the buffer is full or the file ends. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
