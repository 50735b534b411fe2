import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ENV } from '../catalogue/environment.ts';
import { endsWithUs } from './children.ts';

/** The processes of a queue, as they are deployed. None of them needs anything but itself to begin to listen. */
export const SERVICES = {
  receiver: 'services/receiver/main.ts',
  dispatcher: 'services/dispatcher/main.ts',
  reconciler: 'examples/hello/main.ts',
} as const;

const ENVIRONMENT = {
  // Nobody listens there: nothing is published before something is enqueued.
  PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
  METADATA_SERVER_DETECTION: 'none',
  [ENV.port]: '0',
  [ENV.queue]: 'bench',
  [ENV.project]: 'bench',
  [ENV.bucket]: 'bench',
  [ENV.topic]: 'hints',
  [ENV.region]: 'bench',
  [ENV.regions]: 'bench',
  [ENV.concurrency]: '10',
  [ENV.reconciler]: '127.0.0.1:1',
  [ENV.storageEndpoint]: 'http://127.0.0.1:1',
  [ENV.log]: 'json',
};

/** From the start of the process until it says that it listens, in ms. */
export async function startOf(service: keyof typeof SERVICES): Promise<number> {
  const beganMs = performance.now();
  const main = resolve(import.meta.dirname, '..', SERVICES[service]);
  const env = { ...process.env, ...ENVIRONMENT };
  const child = endsWithUs(spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'], env }));
  const gone = once(child, 'exit');
  const listening = new Promise<number>((ready) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if ((JSON.parse(line) as { event?: string }).event === 'service.listening') ready(performance.now() - beganMs);
    });
  });
  const early = gone.then(([code]) =>
    Promise.reject(new Error(`the ${service} exited before it listened: code=${code}`)),
  );
  const tookMs = await Promise.race([listening, early]);
  early.catch(() => undefined);
  child.kill('SIGKILL');
  await gone;
  return tookMs;
}
