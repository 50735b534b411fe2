/**
 * `node warm.mjs`, beside the bundle: fills V8's compile cache, by starting each service once until it listens.
 *
 * Node uses a cache only with the version, the features of the CPU, the user (its uid) and the paths that it was made with. So this
 * runs where the services will run: in a stage of the image, and after `npm run bundle`. A service that does not start with nobody there,
 * such as a reconciler that wants its database first, is named, and starts without a cache; that is no error.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENV } from '../catalogue/environment.ts';
import { NOBODY_THERE } from './environment.ts';

/** What never listens is killed. */
const PATIENCE_MS = 30_000;

/** Filled in by the bundler. */
declare const SERVICES: readonly string[];
declare const COMPILE_CACHE: string;

const folder = import.meta.dirname;
const cache = join(folder, COMPILE_CACHE);
mkdirSync(cache, { recursive: true });

// Telemetry is on where the services are deployed. It tells what it has when a service ends, and is to be thanked at once.
const collector = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
await once(collector, 'listening');
const { port } = collector.address() as AddressInfo;
const env = { ...NOBODY_THERE, [ENV.otlpEndpoint]: `http://127.0.0.1:${port}` };

for (const name of SERVICES) {
  // An API without kinds does not start anywhere.
  if (name === 'api' && !existsSync(join(folder, 'kinds.mjs'))) continue;
  const code = await startOnce(name === 'cli' ? ['cli', 'version'] : [name]);
  process.stdout.write(`${name}: ${code === 0 ? 'warm' : `starts without a cache (it ended with ${code})`}\n`);
}
collector.close();
collector.closeAllConnections();

// Node lets its owner alone read what it wrote, and the image gives it to root, so that no service can change it.
for (const entry of readdirSync(cache, { recursive: true, withFileTypes: true })) {
  chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/** Until it listens, or ends by itself; the cache is written when it ends. Resolves to its exit code or signal. */
async function startOnce(args: readonly string[]): Promise<number | NodeJS.Signals> {
  const child = spawn(process.execPath, [join(folder, 'levelset.mjs'), ...args], {
    ...{ cwd: folder, env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals]>;
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('service.listening')) break;
  child.kill('SIGTERM');
  child.stdout.resume();
  const [code, signal] = await exited;
  return code ?? signal;
}
