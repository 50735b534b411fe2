import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENV } from '../catalogue/environment.ts';
import { bundle } from '../image/bundle.ts';
import { NOBODY_THERE } from '../image/environment.ts';
import type { Bench } from './bench.ts';
import { type Cell, spread } from './table.ts';

const ROOT = join(import.meta.dirname, '..');
const [HELLO, KINDS] = ['examples/hello/main.ts', 'examples/rack/kinds.ts'];

/** Each service of the image, from the start of its process until it listens; beside Node with nothing to do. */
export const startup: Bench = {
  summary:
    'the bundled services from process start to listening, without and with the compile cache of the image; beside the sources',

  run: async ({ runs, quick }, report) => {
    const folder = mkdtempSync(join(tmpdir(), 'levelset-startup-'));
    const [cold, warm] = [join(folder, 'cold'), join(folder, 'warm')];
    const collector = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const telemetry = { [ENV.otlpEndpoint]: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
    try {
      const { services, bytes } = await bundle({ root: ROOT, outdir: cold, reconciler: HELLO, kinds: KINDS });
      cpSync(cold, warm, { recursive: true });
      await once(spawn(process.execPath, ['warm.mjs'], { cwd: warm, stdio: 'ignore' }), 'exit');
      const times = quick ? runs : Math.max(runs, 9);
      const rows: Cell[][] = [];
      for (const service of services.filter((name) => name !== 'cli')) {
        const source = service === 'reconciler' ? HELLO : `services/${service}/main.ts`;
        const bundled = ['levelset.mjs', service];
        const measured: number[][] = [];
        for (let i = 0; i < times; i++) {
          measured.push([
            await untilExit(),
            await untilListening(bundled, cold),
            await untilListening(bundled, warm),
            await untilListening(bundled, cold, telemetry),
            await untilListening(bundled, warm, telemetry),
            await untilListening([source], ROOT, { [ENV.kinds]: KINDS }),
          ]);
        }
        rows.push([service, ...measured[0]!.map((_, column) => spread(measured.map((run) => run[column]!)))]);
        report.progress(`${service} done`);
      }
      report.table({
        title: `start of the services: ${times} runs`,
        columns: [
          { name: 'service' },
          { name: 'bare Node ms' },
          { name: 'bundle ms' },
          { name: 'as in the image ms' },
          { name: 'bundle, telemetry on ms' },
          { name: 'as in the image, telemetry on ms' },
          { name: 'sources ms' },
        ],
        rows,
        notes: [
          `The bundle has ${(bytes / 1024 / 1024).toFixed(1)} MB in all. The image has its compile cache beside it. Aim: under 300 ms each.`,
        ],
      });
      return true;
    } finally {
      collector.close();
      collector.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function untilListening(args: readonly string[], cwd: string, more: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, ...NOBODY_THERE, ...more };
  const beganMs = performance.now();
  const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let tookMs: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('service.listening')) continue;
    tookMs = performance.now() - beganMs;
    break;
  }
  child.kill('SIGTERM');
  child.stdout.resume();
  await exited;
  if (tookMs === undefined) throw new Error(`it ended before it listened: ${args.join(' ')}`);
  return tookMs;
}

async function untilExit(): Promise<number> {
  const beganMs = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
  return performance.now() - beganMs;
}
