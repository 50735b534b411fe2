/**
 * Resolves when what was written to sockets before the call has been handed to the kernel. Node's HTTP/2 collects frames and
 * writes them in the check phase of the event loop; from within that phase they wait for the next, hence two turns.
 */
export function flushed(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
