import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueueError } from '../../queue/errors.ts';

/**
 * Keeps two processes from writing one folder: each would replace the files of the other and lose what it had acknowledged. The
 * lock of a process that was killed is taken over. Returns a function that gives it back.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock');
  if (existsSync(file)) {
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner !== process.pid && isAlive(owner)) {
      throw new QueueError(
        'unavailable',
        `another process (${owner}) uses this folder; if not, delete its lock: ${file}`,
      );
    }
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
