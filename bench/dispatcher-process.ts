import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { ENV } from '../catalogue/environment.ts';
import { tickMessage } from '../queue/core/hint.ts';
import { bundledProgram } from './bundled.ts';
import { endsWithUs } from './children.ts';
import { BUCKET_NAME } from './store-orders.ts';
import { REGION } from './world.ts';

/** The dispatcher as it is deployed, bundled, in a process of its own. */
export class DispatcherProcess {
  /** From its start to being ready, in ms. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #port: number;

  private constructor(child: ChildProcess, lines: Interface, port: number, readyMs: number) {
    this.#child = child;
    this.#lines = lines;
    this.#port = port;
    this.readyMs = readyMs;
  }

  static async start(to: {
    readonly storage: string;
    readonly reconcilerPort: number;
    readonly concurrency: number;
  }): Promise<DispatcherProcess> {
    const program = await bundledProgram();
    const beganMs = performance.now();
    const child = spawn(process.execPath, [program, 'dispatcher'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        // Nothing is published: wake messages come after minutes only.
        PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
        METADATA_SERVER_DETECTION: 'none',
        [ENV.queue]: 'bench',
        [ENV.port]: '0',
        [ENV.project]: 'bench',
        [ENV.bucket]: BUCKET_NAME,
        [ENV.topic]: 'hints',
        [ENV.region]: REGION,
        [ENV.regions]: REGION,
        [ENV.concurrency]: String(to.concurrency),
        [ENV.reconciler]: `127.0.0.1:${to.reconcilerPort}`,
        [ENV.storageEndpoint]: to.storage,
        [ENV.log]: 'json',
      },
    });
    endsWithUs(child);
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((ready, failed) => {
      child.once('exit', (code) => failed(new Error(`the dispatcher exited: code=${code}`)));
      lines.on('line', (line) => {
        const { event, port } = JSON.parse(line) as { event?: string; port?: number };
        if (event === 'service.listening' && port !== undefined) ready(port);
      });
    });
    return new DispatcherProcess(child, lines, port, performance.now() - beganMs);
  }

  /** Pushes a tick as Pub/Sub does. Resolves when it is answered, which is when there is nothing left to do. */
  async tick(): Promise<void> {
    const { attributes, data } = tickMessage;
    const message = { attributes, data: Buffer.from(data).toString('base64') };
    await fetch(`http://127.0.0.1:${this.#port}/`, { method: 'POST', body: JSON.stringify({ message }) });
  }

  /** The next event of this name, and with these fields, in its log. */
  next(event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve) => {
      const read = (line: string) => {
        const entry = JSON.parse(line) as Record<string, unknown>;
        if (entry.event !== event || Object.entries(fields).some(([name, value]) => entry[name] !== value)) return;
        this.#lines.off('line', read);
        resolve(entry);
      };
      this.#lines.on('line', read);
    });
  }

  /** The most memory that it ever had resident, in MB; `undefined` where there is no /proc. */
  peakMb(): number | undefined {
    try {
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'));
      return peak ? (Number(peak[1]) * 1024) / 1e6 : undefined;
    } catch {
      return undefined;
    }
  }

  /** CPU so far, in ms, to a hundredth of a second; `undefined` where there is no /proc. */
  cpuMs(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
      // The name, in parentheses, may have spaces; then come state, parent and so on: user and system time are 12th and 13th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return undefined;
    }
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
