import { METRICS } from '../../catalogue/metrics.ts';
import type { QueueContext } from '../../queue/context.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { observedStore } from '../../queue/stores/observed.ts';
import { pubsubHints } from '../hints/pubsub-hints.ts';
import { rpcServer } from '../rpc/server.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import { cloudLogging } from '../runtime/cloud-logging.ts';
import { readConfig } from '../runtime/config.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { openTelemetry } from '../runtime/telemetry.ts';
import { meteredJournal } from '../telemetry/metered-journal.ts';
import { countRequests } from '../telemetry/store-metrics.ts';
import { metricsServer } from '../http/metrics-server.ts';
import { receiverConfig } from './config.ts';
import { receiverHandlers } from './grpc.ts';
import { Receiver } from './receiver.ts';

/** What open calls get to end in when the process stops: the platform kills 10 s after SIGTERM. */
const CLOSE_GRACE_MS = 6_000;

const { queue, bucket, project, topic, regions, host, port, metricsPort, storageEndpoint } = readConfig(receiverConfig);
const [clock, random] = [systemClock, systemRandom];
const telemetry = await openTelemetry({ service: 'receiver', queue, env: process.env, clock, random });
const { instruments } = telemetry;
const log = openLog({ service: 'receiver', format: logFormat(process.env), cloud: cloudLogging(process.env) });
const journal = instruments ? meteredJournal(log, instruments) : log;

const storage = openStorage({
  projectId: project,
  ...(storageEndpoint !== undefined && { apiEndpoint: storageEndpoint }),
});
const direct = gcsStore({ storage, bucket, clock, random });
const store = instruments ? observedStore(direct, clock, countRequests(instruments)) : direct;
const context: QueueContext = { store, clock, random, journal };
const hints = pubsubHints({ project, topic });
const receiver = new Receiver({
  ...{ context, hints, regions, tracing: telemetry.tracing },
  counted: instruments && ((result) => instruments.count(METRICS.enqueueCalls, { result })),
});

const metrics =
  telemetry.page && metricsPort !== undefined
    ? metricsServer({ page: telemetry.page, host, port: metricsPort })
    : undefined;
const server = rpcServer({ handlers: receiverHandlers(receiver, journal), host, port, clock });

onStop(async (reason) => {
  journal.write('service.stopping', { reason });
  await Promise.all([server.close(CLOSE_GRACE_MS), metrics?.close()]);
  await hints[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
  journal.write('service.stopped');
});

journal.write('service.listening', { queue, host, port: await server.listen(), metricsPort: await metrics?.listen() });
