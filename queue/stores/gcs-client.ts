import { Storage } from '@google-cloud/storage';

/** An idle connection is closed after this: front ends close theirs sooner or later, and a write on a dead one is `unknown`. */
const IDLE_MS = 55_000;

export interface OpenStorageOptions {
  /** Origin of an emulator, such as `http://127.0.0.1:9023`; nothing is authenticated then. Absent: Cloud Storage itself. */
  readonly apiEndpoint?: string;
  readonly projectId?: string;
  /** Connections to keep open between requests: about as many as there are requests at once. Default 256. */
  readonly connections?: number;
}

/**
 * A client that sends every request once. `autoRetry: false` is the only setting that does so: `maxRetries: 0` is read as the
 * default of 3.
 *
 * Connections are kept alive but not limited in number: a request that timed out keeps its connection (the client cannot cancel
 * it), and a few of these must not hold up all others. The client keeps one pool of connections a process; the first request
 * made in it decides `connections`.
 */
export function openStorage({ apiEndpoint, projectId, connections = 256 }: OpenStorageOptions = {}): Storage {
  const storage = new Storage({
    ...(apiEndpoint !== undefined && { apiEndpoint }),
    ...(projectId !== undefined && { projectId }),
    retryOptions: { autoRetry: false },
  });
  const pool = { maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: connections, timeout: IDLE_MS };
  storage.interceptors.push({
    request: (options) =>
      Object.assign(options, { uri: 'uri' in options ? options.uri : options.url, forever: true, pool }),
  });
  return storage;
}
