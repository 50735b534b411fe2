import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endsWithUs } from '../children.ts';
import type { Peer } from './peer.ts';

/** What clients get to leave a server that stops. */
const LEAVING_MS = 5_000;

/** A server of somebody else's on the loopback interface, with its data in a folder that goes with it. */
export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startServer(kind: Peer['server']): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'levelset-peer-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const port = await freePort();
  const child = endsWithUs(kind === 'postgres' ? postgres(folder, port) : redis(folder, port));
  const gone = once(child, 'exit').catch(() => undefined);
  await (kind === 'postgres' ? saidReady(child) : reachable(port, child));
  return {
    port,
    async stop() {
      // Postgres waits for sessions that are about to end, and would kill those of a client that is still closing on SIGINT.
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGINT'), LEAVING_MS);
      await gone;
      clearTimeout(impatient);
      remove();
      process.off('exit', remove);
    },
  };
}

/** As it comes: in memory, nothing written to disk while it is measured. */
function redis(folder: string, port: number): ChildProcess {
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
  return spawn('redis-server', args, { stdio: 'ignore' });
}

/** As it comes: every commit is on disk before it is answered. */
function postgres(folder: string, port: number): ChildProcess {
  const as = ordinaryUser(folder);
  execFileSync('initdb', ['-D', folder, '-U', 'bench', '--auth', 'trust'], { ...as, stdio: 'ignore' });
  const args = ['-D', folder, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'max_connections=200'];
  return spawn('postgres', args, { ...as, env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Postgres refuses to run as root; its packages bring a user for it. */
function ordinaryUser(folder: string): Pick<SpawnOptions, 'uid' | 'gid' | 'cwd'> {
  if (process.getuid?.() !== 0) return { cwd: folder };
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  chownSync(folder, uid, gid);
  return { uid, gid, cwd: folder };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Postgres listens some time before it can be used, and says when it can. */
async function saidReady({ stderr }: ChildProcess): Promise<void> {
  if (!stderr) throw new Error('postgres was started without a log');
  for await (const line of createInterface({ input: stderr })) {
    if (!line.includes('ready to accept connections')) continue;
    // What else it says is of no interest, but has to go somewhere.
    stderr.resume();
    return;
  }
  throw new Error('postgres ended before it could be used');
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 100 && child.exitCode === null; i++) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server cannot be reached: port=${port} exitCode=${child.exitCode}`);
}
