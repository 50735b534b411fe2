import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { QueueError } from '../../queue/errors.ts';

interface Services {
  readonly publisher: ServiceDefinition;
  readonly subscriber: ServiceDefinition;
}

/**
 * Loads the services from the protos that the official client ships, so that the emulator speaks exactly what the client
 * does. Their imports (google/api, google/protobuf) lie in google-gax, which exports neither its package.json nor its
 * protos: both packages are found by the path of their entry point, `build/src/index.js`.
 */
export function loadServices(): Services {
  const ourRequire = createRequire(import.meta.url);
  const clientEntry = ourRequire.resolve('@google-cloud/pubsub');
  const gaxEntry = createRequire(clientEntry).resolve('google-gax');
  const definition = loadSync('google/pubsub/v1/pubsub.proto', {
    includeDirs: [clientEntry, gaxEntry].map((entry) => join(entry, '../../protos')),
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return {
    publisher: serviceOf(definition, 'google.pubsub.v1.Publisher'),
    subscriber: serviceOf(definition, 'google.pubsub.v1.Subscriber'),
  };
}

function serviceOf(definition: PackageDefinition, name: string): ServiceDefinition {
  const found = definition[name];
  // Messages and enums carry a `format`; a service is just its methods.
  if (found === undefined || typeof found['format'] === 'string') {
    throw new QueueError('internal', `no such service in the protos of @google-cloud/pubsub: service=${name}`);
  }
  return found;
}
