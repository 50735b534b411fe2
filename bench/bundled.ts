import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle } from '../image/bundle.ts';

let bundled: Promise<string> | undefined;

/** The program of the image, which takes the name of a service: bundled once, and removed with this process. */
export function bundledProgram(): Promise<string> {
  bundled ??= make();
  return bundled;
}

async function make(): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'levelset-bundle-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await bundle({ root: resolve(import.meta.dirname, '..'), outdir, reconciler: 'examples/hello/main.ts' });
  return join(outdir, 'levelset.mjs');
}
