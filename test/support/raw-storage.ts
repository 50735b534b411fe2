import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type RunningStorage, runStorage } from './storage-emulator.ts';

export const OBJECTS = '/storage/v1/b/bkt/o';
export const UPLOAD = `/upload${OBJECTS}`;

export interface RawStorage {
  readonly origin: string;
  readonly port: number;
  readonly send: (
    method: string,
    path: string,
    content?: string,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** Uploads the data of an object, and nothing else. */
  readonly put: (name: string, data?: string, headers?: Record<string, string>) => Promise<Response>;
}

/** An emulator for the tests of a file, empty at the start of each, spoken to without any client's help. */
export function useRawStorage(): RawStorage {
  let running: RunningStorage;
  const raw: RawStorage = {
    get origin() {
      return running.origin;
    },
    get port() {
      return running.port;
    },
    send: (method, path, content, headers = {}) =>
      running.fetch(path, { method, headers, ...(content !== undefined && { body: content }) }),
    get: (path, headers = {}) => running.fetch(path, { headers }),
    put: (name, data = 'hello', headers = {}) =>
      raw.send('POST', `${UPLOAD}?uploadType=media&name=${encodeURIComponent(name)}`, data, headers),
  };
  beforeAll(async () => {
    running = await runStorage();
  });
  afterAll(() => running[Symbol.asyncDispose]());
  beforeEach(() => running.storage.bucket('bkt').deleteFiles());
  return raw;
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into, not computed with
export async function bodyOf(response: Response): Promise<any> {
  return response.json();
}
