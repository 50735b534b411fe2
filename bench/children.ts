import type { ChildProcess } from 'node:child_process';

/** Ends a child with this process, however that ends short of a `kill -9`: a bench that is interrupted leaves nothing running. */
export function endsWithUs<T extends ChildProcess>(child: T): T {
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}
