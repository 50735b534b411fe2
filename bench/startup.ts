import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle } from '../image/bundle.ts';
import type { Bench } from './bench.ts';
import { type Cell, spread } from './table.ts';

const ROOT = join(import.meta.dirname, '..');

/** A configuration with which each service starts, though nothing it names is there. */
const ENVIRONMENT = {
  LEVELSET_QUEUE: 'bench',
  LEVELSET_PROJECT: 'bench-project',
  LEVELSET_BUCKET: 'bench-bucket',
  LEVELSET_TOPIC: 'hints',
  LEVELSET_REGION: 'us-central1',
  LEVELSET_REGIONS: 'us-central1',
  LEVELSET_CONCURRENCY: '10',
  LEVELSET_RECONCILER: '127.0.0.1:1',
  LEVELSET_STORAGE_ENDPOINT: 'http://127.0.0.1:1',
  LEVELSET_LOG: 'json',
  PORT: '0',
};

/** Each service of the image, from the start of its process until it listens; beside Node with nothing to do. */
export const startup: Bench = {
  summary:
    'the bundled services from process start to listening; beside the sources as they are and a bare Node process',

  run: async ({ runs, quick }, report) => {
    const folder = mkdtempSync(join(tmpdir(), 'levelset-startup-'));
    try {
      const { services, bytes } = await bundle({
        root: ROOT,
        outdir: join(folder, 'dist'),
        reconciler: 'examples/hello/main.ts',
      });
      const times = quick ? runs : Math.max(runs, 10);
      const rows: Cell[][] = [];
      for (const service of services.filter((name) => name !== 'cli')) {
        const source = service === 'reconciler' ? 'examples/hello/main.ts' : `services/${service}/main.ts`;
        const measured: { bare: number; bundled: number; cached: number; sources: number }[] = [];
        for (let i = 0; i < times; i++) {
          measured.push({
            bare: await untilExit(),
            bundled: await untilListening(['levelset.mjs', service], join(folder, 'dist')),
            cached: await untilListening(['levelset.mjs', service], join(folder, 'dist'), join(folder, 'cache')),
            sources: await untilListening([source], ROOT),
          });
        }
        rows.push([
          service,
          spread(measured.map(({ bare }) => bare)),
          spread(measured.map(({ bundled }) => bundled)),
          spread(measured.slice(1).map(({ cached }) => cached)),
          spread(measured.map(({ sources }) => sources)),
        ]);
      }
      report.table({
        title: `start of the services: ${times} runs`,
        columns: [
          { name: 'service' },
          { name: 'bare Node ms' },
          { name: 'bundle ms' },
          { name: 'bundle with a compile cache ms' },
          { name: 'sources ms' },
        ],
        rows,
        notes: [`The bundle has ${(bytes / 1024 / 1024).toFixed(1)} MB in all. Aim: under 300 ms each.`],
      });
      return true;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function untilListening(args: readonly string[], cwd: string, cache?: string): Promise<number> {
  const beganMs = performance.now();
  const env = { PATH: process.env.PATH, ...ENVIRONMENT, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) };
  const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('service.listening')) break;
  const tookMs = performance.now() - beganMs;
  child.kill('SIGTERM');
  await exited;
  return tookMs;
}

async function untilExit(): Promise<number> {
  const beganMs = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
  return performance.now() - beganMs;
}
