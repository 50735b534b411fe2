/** The watcher process: notices changes below the source and tells the event ingress, as any upstream publisher would. */
import { systemClock, systemRandom } from '../../../services/runtime/clock.ts';
import { FoldersError, MIRROR_ENV, openFolders } from '../folders.ts';
import { door } from './door.ts';
import { Outbox } from './outbox.ts';
import { Watcher } from './watcher.ts';

const WATCHER_ENV = { ingress: 'MIRROR_INGRESS', resyncSeconds: 'MIRROR_RESYNC_SECONDS' } as const;

const CONCURRENCY = 16;
const PENDING_LIMIT = 100_000;

/** One JSON line per event, as the services log. */
function log(event: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, service: 'watcher', ...fields })}\n`);
}

async function main(): Promise<void> {
  const folders = await openFolders(process.env[MIRROR_ENV.source], process.env[MIRROR_ENV.target]);
  const url = process.env[WATCHER_ENV.ingress];
  if (!url) throw new FoldersError(`${WATCHER_ENV.ingress} is not set: it must be the URL of the event ingress`);
  const resyncSeconds = Number(process.env[WATCHER_ENV.resyncSeconds] ?? '300');
  if (!(resyncSeconds >= 1)) throw new FoldersError(`${WATCHER_ENV.resyncSeconds} must be a number of at least 1`);

  const outbox: Outbox = new Outbox({
    post: door({ url, newId: () => systemRandom.id(), now: () => systemClock.now() }),
    clock: systemClock,
    concurrency: CONCURRENCY,
    limit: PENDING_LIMIT,
    onOverflow: () => {
      log('mirror.overflow', { limit: PENDING_LIMIT });
      watcher.retake();
    },
    onRefused: (path, problem) => log('mirror.refused', { path, problem }),
    onDoor: (open, problem) => log(open ? 'mirror.door-open' : 'mirror.door-shut', { problem }),
  });
  const watcher = new Watcher({
    folders,
    outbox,
    clock: systemClock,
    resyncMs: resyncSeconds * 1000,
    onSkip: (path, problem) => log('mirror.skipped', { path, problem }),
    onError: (problem) => log('mirror.watch-failed', { problem }),
  });

  // What was not told yet is found by the inventory of the next start.
  const stop = () => {
    outbox.stop();
    void watcher[Symbol.asyncDispose]().then(() => log('service.stopped'));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);

  await watcher.ready();
  log('service.listening', { watching: folders.source });
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof FoldersError ? error.message : String(error)}\n`);
  process.exitCode = error instanceof FoldersError ? 2 : 1;
});
