import type { Storage } from '@google-cloud/storage';
import { type StorageEmulatorOptions, startStorageEmulator } from '../../local/storage/emulator.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';

export interface RunningStorage extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** A client that is connected to it. */
  readonly storage: Storage;
  /** Sends a request as it is, without any client's help. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** A storage emulator on a free port, with a bucket named `bkt`. */
export async function runStorage(options: Partial<StorageEmulatorOptions> = {}): Promise<RunningStorage> {
  const emulator = await startStorageEmulator({ port: 0, clock: systemClock, random: systemRandom, ...options });
  const storage = openStorage({ apiEndpoint: emulator.origin, projectId: 'p' });
  const send = (path: string, init?: RequestInit) => fetch(`${emulator.origin}${path}`, init);
  await send('/storage/v1/b?project=p', { method: 'POST', body: JSON.stringify({ name: 'bkt' }) });
  return {
    origin: emulator.origin,
    port: emulator.port,
    storage,
    fetch: send,
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
