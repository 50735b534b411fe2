import type { QueueContext } from '../../queue/context.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { pubsubHints } from '../hints/pubsub-hints.ts';
import { rpcServer } from '../rpc/server.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import { readConfig } from '../runtime/config.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { receiverConfig } from './config.ts';
import { receiverHandlers } from './grpc.ts';
import { Receiver } from './receiver.ts';

/** What open calls get to end in when the process stops: the platform kills 10 s after SIGTERM. */
const CLOSE_GRACE_MS = 6_000;

const { queue, bucket, project, topic, regions, host, port, storageEndpoint } = readConfig(receiverConfig);
const journal = openLog({ service: 'receiver', format: logFormat(process.env) });
const [clock, random] = [systemClock, systemRandom];

const storage = openStorage({
  projectId: project,
  ...(storageEndpoint !== undefined && { apiEndpoint: storageEndpoint }),
});
const context: QueueContext = { store: gcsStore({ storage, bucket, clock, random }), clock, random, journal };
const hints = pubsubHints({ project, topic });
const receiver = new Receiver({ context, hints, regions });

const server = rpcServer({ handlers: receiverHandlers(receiver, journal), host, port, clock });

onStop(async (reason) => {
  journal.write('service.stopping', { reason });
  await server.close(CLOSE_GRACE_MS);
  await hints[Symbol.asyncDispose]();
  journal.write('service.stopped');
});

journal.write('service.listening', { queue, host, port: await server.listen() });
