import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENV } from '../../catalogue/environment.ts';
import { bundle } from '../../image/bundle.ts';
import { NOBODY_THERE } from '../../image/environment.ts';
import { Requests } from '../support/requests.ts';
import { ROOT } from '../support/source-graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'levelset-warm-'));
const outdir = join(folder, 'dist');
const cache = join(outdir, 'compile-cache');
const kept = join(folder, 'kept');
let said: string;

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of the bundle until it ends; it is asked to when it listens. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const child = spawn(process.execPath, [...args], {
    cwd: outdir,
    env: { ...NOBODY_THERE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err, asked] = ['', '', false];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    if (!asked && out.includes('service.listening')) asked = child.kill('SIGTERM');
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** What a service that starts and ends in good order does with the cache, by Node's own account. */
async function useOfCache(service: string): Promise<Record<'read' | 'absent' | 'accepted' | 'rejected', string[]>> {
  const { code, out, err } = await run(['levelset.mjs', service], { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
  expect(out).toContain('service.listening');
  expect(code).toBe(0);
  const lines = err.split('\n').filter((line) => line.startsWith('[compile cache]'));
  const read = lines.filter((line) => line.includes('reading cache from'));
  return {
    read,
    absent: read.filter((line) => !line.includes('success')),
    accepted: lines.filter((line) => line.includes('was accepted')),
    rejected: lines.filter((line) => line.includes('was rejected')),
  };
}

/** The folder with what one version of Node wrote, for one user. */
const version = () => readdirSync(cache)[0]!;
const entries = () => readdirSync(join(cache, version())).map((name) => join(cache, version(), name));

function restore(): void {
  rmSync(cache, { recursive: true, force: true });
  cpSync(kept, cache, { recursive: true });
}

beforeAll(async () => {
  await bundle({ root: ROOT, outdir, reconciler: 'examples/hello/main.ts', kinds: 'examples/rack/kinds.ts' });
  said = (await run(['warm.mjs'])).out;
  cpSync(cache, kept, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the warm bundle', () => {
  test('has started each service', () => {
    const names = ['api', 'cli', 'dispatcher', 'ingress', 'receiver', 'reconciler'];
    expect(said.trimEnd().split('\n').sort()).toEqual(names.map((name) => `${name}: warm`));
  });

  test.for(['api', 'dispatcher', 'ingress', 'receiver', 'reconciler'])('has all that the %s reads', async (name) => {
    const { accepted, read, absent, rejected } = await useOfCache(name);
    expect(accepted.join('\n')).toContain(`/${name}.mjs was accepted`);
    expect(accepted).toHaveLength(read.length);
    expect([...absent, ...rejected]).toEqual([]);
  });

  test('has what telemetry reads as well', async () => {
    await using collector = await Requests.listen();
    const env = { [ENV.otlpEndpoint]: collector.origin, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
    const { err } = await run(['levelset.mjs', 'receiver'], env);
    expect(collector.paths).toContain('/v1/metrics');
    const read = err.split('\n').filter((line) => line.includes('reading cache from'));
    expect(read.length).toBeGreaterThan((await useOfCache('receiver')).read.length);
    expect(read.filter((line) => !line.includes('success'))).toEqual([]);
  });

  test('can be read by another user than the one who made it', () => {
    const modes = entries().map((path) => statSync(path).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o644]));
    expect(statSync(join(cache, version())).mode & 0o777).toBe(0o755);
  });
});

describe('a service starts as well', () => {
  test('without a cache, and makes none', async () => {
    rmSync(cache, { recursive: true });
    expect((await useOfCache('receiver')).read).toEqual([]);
    expect(readdirSync(outdir)).not.toContain('compile-cache');
    restore();
  });

  test('with the cache of another version, which it does not read', async () => {
    renameSync(join(cache, version()), join(cache, 'v20.0.0-x64-00000000-0'));
    const { accepted, read, absent } = await useOfCache('receiver');
    expect(accepted).toEqual([]);
    expect(absent).toEqual(read);
    restore();
  });

  test('with a cache that is damaged', async () => {
    for (const path of entries()) writeFileSync(path, 'nothing of the kind');
    expect((await useOfCache('receiver')).accepted).toEqual([]);
    restore();
  });

  test('where no cache can be written', async () => {
    rmSync(cache, { recursive: true });
    writeFileSync(cache, 'not a folder');
    expect((await useOfCache('receiver')).accepted).toEqual([]);
    restore();
  });
});

test('a reconciler that does not start with nobody there is named, and the others are warm', async () => {
  writeFileSync(join(outdir, 'reconciler.mjs'), 'process.exitCode = 3;');
  rmSync(cache, { recursive: true });
  const { code, out } = await run(['warm.mjs']);
  expect(out).toContain('reconciler: starts without a cache (it ended with 3)\n');
  expect(out.match(/: warm$/gm)).toHaveLength(5);
  expect(code).toBe(0);
});
