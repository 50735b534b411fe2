/** Exit code of a process that was told twice. */
const EXIT_FORCED = 130;

/**
 * Runs `stop` once when this process is to end: on SIGTERM (the platform), SIGINT (Ctrl-C), or when the parent that started it
 * with a message channel has gone, so that no orphan goes on serving. Ends the process when `stop` is through; a second signal
 * ends it at once.
 */
export function onStop(stop: (reason: string) => Promise<void>): void {
  let stopping = false;
  const told = (reason: string) => {
    if (stopping) process.exit(EXIT_FORCED);
    stopping = true;
    stop(reason).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', told);
  process.on('SIGINT', told);
  // Listening for `disconnect` does not keep the process alive; the channel itself must not either.
  if (process.send) {
    process.on('disconnect', () => {
      if (!stopping) told('disconnect');
    });
    process.channel?.unref();
  }
}
