/**
 * Loaded into each process of the stack before its own code (`node --import`): a process whose parent is gone has to go, too, or it
 * would keep its port and work on without anyone to see or stop it. The services themselves know nothing of this.
 */

/** Long enough to drain as after Ctrl-C; then the process goes as it is, which it has to bear anyway. */
const DRAIN_MS = 15_000;

process.on('disconnect', () => {
  // A service that looks after this itself must not be told twice: it takes the second time for an order to drop everything.
  if (process.listenerCount('disconnect') === 1) process.kill(process.pid, 'SIGTERM');
  // Unlike a timer of setTimeout, this one does not keep the process alive.
  AbortSignal.timeout(DRAIN_MS).addEventListener('abort', () => process.exit(1));
});
// The channel alone is no reason to live.
process.channel?.unref();
// A parent that was killed no longer reads: without this, the next line of the log would end the drain.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
