import { ENV } from '../catalogue/environment.ts';

/** A configuration with which each service of the image starts and listens, though nothing that it names is there. */
export const NOBODY_THERE: Readonly<Record<string, string>> = {
  [ENV.queue]: 'warm',
  [ENV.project]: 'warm-project',
  [ENV.bucket]: 'warm-bucket',
  [ENV.topic]: 'hints',
  [ENV.region]: 'us-central1',
  [ENV.regions]: 'us-central1',
  [ENV.concurrency]: '10',
  [ENV.reconciler]: '127.0.0.1:1',
  [ENV.receiver]: '127.0.0.1:1',
  [ENV.storageEndpoint]: 'http://127.0.0.1:1',
  [ENV.resourcesBucket]: 'warm-resources',
  [ENV.kinds]: 'kinds.mjs',
  [ENV.log]: 'json',
  [ENV.port]: '0',
};
