import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process was born, in ticks since boot; absent where the system does not say. */
  readonly born?: string;
}

export function identityOf(pid: number): ProcessIdentity {
  const born = birthOf(pid);
  return born === undefined ? { pid } : { pid, born };
}

export function isAlive({ pid, born }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but someone else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = birthOf(pid);
  return born === undefined || now === undefined || born === now;
}

/** Field 22 of Linux' /proc/PID/stat. The name in parentheses before it may itself contain spaces and parentheses. */
function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
