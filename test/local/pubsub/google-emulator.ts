import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Found = { readonly jar: string } | { readonly missing: string };

const JAVA = join(process.env['JAVA_HOME'] ?? '', process.env['JAVA_HOME'] ? 'bin/java' : 'java');

/** Google's own emulator, a component of the Google Cloud SDK; it needs Java. */
export function findGoogleEmulator(): Found {
  const sdk = outputOf('gcloud', ['info', '--format=value(installation.sdk_root)']);
  if (sdk === undefined) return { missing: 'gcloud is not on the PATH' };
  const folder = join(sdk, 'platform/pubsub-emulator/lib');
  const jar = existsSync(folder) ? readdirSync(folder).find((name) => name.endsWith('.jar')) : undefined;
  if (jar === undefined) return { missing: 'the component pubsub-emulator is not installed' };
  if (outputOf(JAVA, ['-version']) === undefined) return { missing: 'there is no java' };
  return { jar: join(folder, jar) };
}

export async function startGoogleEmulator(jar: string): Promise<{ port: number; close(): Promise<void> }> {
  const port = await freePort();
  const args = ['-XX:+UseSerialGC', '-Xmx256m', '-jar', jar, '--host=127.0.0.1', `--port=${port}`];
  const child = spawn(JAVA, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on('line', (line) => {
        if (line.includes('Server started')) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the emulator has exited: code=${code}`)));
  });
  return {
    port,
    close() {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function outputOf(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
