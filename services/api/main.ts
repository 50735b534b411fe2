import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kind } from '../../resources/core/kind.ts';
import { resyncKey } from '../../resources/core/key.ts';
import type { Subscription } from '../../resources/events/subscriptions.ts';
import { openResources } from '../../resources/open.ts';
import { openQueue } from '../rpc/client.ts';
import { systemClock } from '../runtime/clock.ts';
import { readConfig } from '../runtime/config.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { api } from './app.ts';
import { apiConfig } from './config.ts';
import { queueChanges } from './follow.ts';
import { serveApi } from './serve.ts';

/** What open requests get to end in when the process stops: the platform kills 10 s after SIGTERM. */
const CLOSE_GRACE_MS = 6_000;
/** A resync that is queued already stays as it is; one whose key was lost begins anew. */
const RESYNC_WITHIN = '10m';

const config = readConfig(apiConfig);
const journal = openLog({ service: 'api', format: logFormat(process.env) });
const { kinds, subscriptions = [] } = (await import(pathToFileURL(resolve(config.kinds)).href)) as {
  kinds: readonly Kind[];
  subscriptions?: readonly Subscription[];
};
const queue = openQueue({ address: config.receiver });
const enqueue = (keys: readonly string[]) => queue.enqueueAll(keys);
const opened = openResources({ kinds, journal, onChange: queueChanges(enqueue, journal) });
const app = api({ store: opened.store, service: 'levelset-api', subscriptions, enqueue, journal });
const server = await serveApi(app, config, systemClock);

onStop(async (reason) => {
  journal.write('service.stopping', { reason });
  await server.close(CLOSE_GRACE_MS);
  await opened[Symbol.asyncDispose]();
  queue.close();
  journal.write('service.stopped');
});
journal.write('service.listening', { host: config.host, port: server.port });
const resyncs = kinds.map(({ name }) => resyncKey(name));
await queue.enqueueAll(resyncs, { delay: RESYNC_WITHIN }).catch((error: unknown) => {
  journal.write('resource-key.failed', { key: resyncs[0], error });
});
