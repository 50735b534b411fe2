import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fairShare } from '../../queue/core/lock.ts';
import { sleep } from '../../queue/ports/clock.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { pubsubHints } from '../hints/pubsub-hints.ts';
import { grpcCaller } from '../rpc/caller.ts';
import { credentialsFor } from '../rpc/credentials.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import { readConfig } from '../runtime/config.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { dispatcherConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { failureMessage } from './failure-events.ts';
import { dispatcherServer } from './http.ts';

const config = readConfig(dispatcherConfig);
const { settings } = config;
const journal = openLog({ service: 'dispatcher', format: logFormat(process.env) });
const share = fairShare(settings.concurrency, settings.regions, settings.region);

const storage = openStorage({
  projectId: config.project,
  ...(config.storageEndpoint === undefined ? {} : { apiEndpoint: config.storageEndpoint }),
});
const store = gcsStore({ storage, bucket: config.bucket, clock: systemClock, random: systemRandom });
const hints = pubsubHints({ project: config.project, topic: config.topic });
const reconciler = grpcCaller({
  address: config.reconciler,
  credentials: credentialsFor(config.reconciler),
  share,
  clock: systemClock,
});
const source = `//levelset/${settings.queue}/${settings.region}`;
const failures = config.failureTopic && pubsubHints({ project: config.project, topic: config.failureTopic });
const dispatcher = new Dispatcher({
  context: { store, clock: systemClock, random: systemRandom, journal },
  settings,
  reconciler,
  publish: (message) =>
    hints.publish(message).catch((error: unknown) => journal.write('hint.failed', { error: String(error) })),
  ...(failures && {
    publishFailure: (failure) =>
      failures
        .publish(failureMessage(failure, { id: systemRandom.id(), source, timeMs: systemClock.now() }))
        .catch((error: unknown) => journal.write('failure-event.failed', { key: failure.key, error: String(error) })),
  }),
});

const server = dispatcherServer(dispatcher, journal);
server.listen(config.port, config.host);
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
journal.write('service.listening', { port, region: settings.region, share });

onStop(async (reason) => {
  journal.write('service.stopping', { reason, running: dispatcher.running });
  await dispatcher.stop(config.graceMs);
  const closed = once(server, 'close');
  server.close();
  // Answers that are on their way get a moment; idle connections have been closed already.
  await Promise.race([closed, sleep(systemClock, 500)]);
  server.closeAllConnections();
  reconciler.close();
  await hints[Symbol.asyncDispose]();
  if (failures) await failures[Symbol.asyncDispose]();
  journal.write('service.stopped');
});
