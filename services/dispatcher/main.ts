import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fairShare } from '../../queue/core/lock.ts';
import { sleep } from '../../queue/ports/clock.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { METRICS } from '../../catalogue/metrics.ts';
import { observedStore } from '../../queue/stores/observed.ts';
import { pubsubHints } from '../hints/pubsub-hints.ts';
import { grpcCaller } from '../rpc/caller.ts';
import { credentialsFor } from '../rpc/credentials.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import { cloudLogging } from '../runtime/cloud-logging.ts';
import { readConfig } from '../runtime/config.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { openTelemetry } from '../runtime/telemetry.ts';
import { gaugeCensus } from '../telemetry/census-gauges.ts';
import { meteredJournal } from '../telemetry/metered-journal.ts';
import { countRequests } from '../telemetry/store-metrics.ts';
import { dispatcherConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { FailurePublisher, failureMessage } from './failure-events.ts';
import { dispatcherServer } from './http.ts';

/** For failure events that are on their way when there is nothing more to do. */
const REST_PATIENCE_MS = 2_000;

const config = readConfig(dispatcherConfig);
const { settings } = config;
const [clock, random] = [systemClock, systemRandom];
const telemetry = await openTelemetry({
  ...{ service: 'dispatcher', queue: settings.queue, region: settings.region, env: process.env, clock, random },
});
const { instruments } = telemetry;
const log = openLog({ service: 'dispatcher', format: logFormat(process.env), cloud: cloudLogging(process.env) });
const journal = instruments ? meteredJournal(log, instruments) : log;
const share = fairShare(settings.concurrency, settings.regions, settings.region);

const storage = openStorage({
  projectId: config.project,
  ...(config.storageEndpoint === undefined ? {} : { apiEndpoint: config.storageEndpoint }),
});
const bucket = gcsStore({ storage, bucket: config.bucket, clock, random });
const store = instruments ? observedStore(bucket, clock, countRequests(instruments)) : bucket;
const hints = pubsubHints({ project: config.project, topic: config.topic });
const reconciler = grpcCaller({
  address: config.reconciler,
  credentials: credentialsFor(config.reconciler),
  share,
  clock,
});
const source = `//levelset/${settings.queue}/${settings.region}`;
const failureTopic =
  config.failureTopic === undefined ? undefined : pubsubHints({ project: config.project, topic: config.failureTopic });
const failures =
  failureTopic &&
  new FailurePublisher((failure) =>
    failureTopic
      .publish(failureMessage(failure, { id: random.id(), source, timeMs: clock.now() }))
      .catch((error: unknown) => journal.write('failure-event.failed', { key: failure.key, error: String(error) })),
  );
/** What has to be out before a request-billed process loses its CPU; no longer than it takes to be sure that it will not be. */
const beforeRest = async () => {
  const enough = new AbortController();
  await Promise.race([failures?.flush(), sleep(clock, REST_PATIENCE_MS, enough.signal)]);
  enough.abort();
  await telemetry.flush?.();
};
const dispatcher = new Dispatcher({
  context: { store, clock, random, journal },
  settings,
  reconciler,
  tracing: telemetry.tracing,
  census:
    instruments &&
    ((census, extent) => gaugeCensus(instruments, census, { concurrency: settings.concurrency, extent })),
  beforeRest: failures || telemetry.flush ? beforeRest : undefined,
  publish: (message) =>
    hints.publish(message).catch((error: unknown) => journal.write('hint.failed', { error: String(error) })),
  ...(failures && { publishFailure: failures.publish }),
});

const server = dispatcherServer(dispatcher, journal, {
  page: telemetry.page,
  counted: instruments && ((result) => instruments.count(METRICS.dispatchTriggers, { result })),
});
server.listen(config.port, config.host);
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

onStop(async (reason) => {
  journal.write('service.stopping', { reason, running: dispatcher.running });
  await dispatcher.stop(config.graceMs);
  const closed = once(server, 'close');
  server.close();
  // Answers that are on their way get a moment; idle connections have been closed already.
  await Promise.race([closed, sleep(clock, 500)]);
  server.closeAllConnections();
  reconciler.close();
  await hints[Symbol.asyncDispose]();
  if (failureTopic) await failureTopic[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
  journal.write('service.stopped');
});

// Who reads this may ask it to stop.
journal.write('service.listening', { port, region: settings.region, share });
