import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface Layer {
  /** Files of the layer: paths that begin so. The first layer that matches a file is its own. */
  readonly files: readonly RegExp[];
  /** What of ours its files may import, besides the layer itself. */
  readonly imports: readonly RegExp[];
  /** Packages that it alone may import. */
  readonly vendors?: readonly RegExp[];
}

/** The table of DESIGN §11: a folder imports only inward. */
const LAYERS: Readonly<Record<string, Layer>> = {
  'composition roots': {
    files: [/\/main\.ts$/, /^cli\/levelset\.ts$/, /^services\/reconciler\/serve\.ts$/],
    imports: [/./],
    vendors: [/./],
  },
  catalogue: { files: [/^catalogue\//], imports: [] },
  'generated types': { files: [/^proto\/gen\//], imports: [], vendors: [/^@grpc\//, /^long$/] },
  'the generator': { files: [/^proto\/generate\.ts$/], imports: [], vendors: [/^@grpc\/proto-loader/] },
  core: { files: [/^queue\/core\//], imports: [] },
  ports: { files: [/^queue\/ports\//, /^queue\/errors\.ts$/], imports: [] },
  'the Cloud Storage store': {
    files: [/^queue\/stores\/gcs/],
    imports: [
      /^queue\/ports\//,
      /^queue\/errors\.ts$/,
      /^queue\/patience\.ts$/,
      /^queue\/stores\/(object-name|conditions|utf8-order)\.ts$/,
    ],
    vendors: [/^@google-cloud\/storage/],
  },
  stores: { files: [/^queue\/stores\//], imports: [/^queue\/ports\//, /^queue\/errors\.ts$/] },
  'the queue': { files: [/^queue\//], imports: [/^queue\/(core|ports)\//, /^catalogue\//] },
  rpc: {
    files: [/^services\/rpc\//],
    imports: [/^queue\/(core|ports)\//, /^queue\/errors\.ts$/, /^queue\/key-state\.ts$/, /^proto\//, /^catalogue\//],
    vendors: [/^@grpc\//, /^grpc-health-check$/, /^google-auth-library$/],
  },
  runtime: { files: [/^services\/runtime\//], imports: [/^queue\//, /^catalogue\//], vendors: [/^pino/, /^zod$/] },
  'config fields': { files: [/^services\/config\//], imports: [/^catalogue\//], vendors: [/^zod$/] },
  hints: { files: [/^services\/hints\//], imports: [/^queue\//, /^catalogue\//], vendors: [/^@google-cloud\/pubsub/] },
  'the testing kit': {
    files: [/^services\/testing\//],
    imports: [/^queue\//, /^catalogue\//, /^services\/(dispatcher|reconciler|rpc)\//],
  },
  services: {
    files: [/^services\/(receiver|dispatcher|reconciler)\//],
    imports: [
      /^queue\/(?!stores\/)/,
      /^catalogue\//,
      /^proto\//,
      /^services\/(rpc|hints|config)\//,
      // What the SDK exports is the composition root of a user's process.
      /^services\/reconciler\/serve\.ts$/,
    ],
    vendors: [/^zod$/, /^@grpc\/grpc-js$/, /^cloudevents$/],
  },
  cli: {
    files: [/^cli\//],
    imports: [/^queue\//, /^catalogue\//, /^services\//, /^local\//],
    vendors: [/^commander$/],
  },
  'the local stack': {
    files: [/^local\//],
    // The stack runs the mirror unless it is given something else.
    imports: [/^queue\//, /^catalogue\//, /^services\//, /^proto\//, /^examples\/mirror\/(folders|place)\.ts$/],
    vendors: [/./],
  },
  examples: {
    files: [/^examples\//],
    imports: [/^queue\/(core|ports|errors)/, /^catalogue\//],
    vendors: [/^levelset(\/|$)/, /^chokidar$/, /^zod$/],
  },
};

/** The concrete things that only a composition root may import: real time, and real stores. */
const CONCRETE = [/^services\/runtime\//, /^queue\/stores\/(gcs|memory|bucket)/];
const MAY_BE_CONCRETE = new Set([
  'composition roots',
  'runtime',
  'stores',
  'the Cloud Storage store',
  'the testing kit',
  'the local stack',
  'cli',
  'examples',
]);

const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !/^test\/|\.config\.ts$|^bench\/|^infra\//.test(file));

function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS).find((name) => LAYERS[name]?.files.some((pattern) => pattern.test(file)));
}

function importsOf(file: string): string[] {
  const text = readFileSync(resolve(ROOT, file), 'utf8');
  return [
    ...text.matchAll(/^\s*(?:import|export)\b[^;'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

describe('a folder imports only inward', () => {
  test.for(sources)('%s', (file) => {
    const name = layerOf(file);
    expect(name, 'every source belongs to a layer').toBeDefined();
    const layer = LAYERS[name as string] as Layer;
    for (const imported of importsOf(file)) {
      if (imported.startsWith('node:')) continue;
      if (!imported.startsWith('.')) {
        expect(layer.vendors?.some((vendor) => vendor.test(imported)) ?? false, `${file} imports ${imported}`).toBe(
          true,
        );
        continue;
      }
      const target = relative(ROOT, resolve(ROOT, dirname(file), imported));
      const own = layer.files.some((pattern) => pattern.test(target));
      const allowed = own || layer.imports.some((pattern) => pattern.test(target));
      expect(allowed, `${file} imports ${target}`).toBe(true);
      expect(target.endsWith('/main.ts') && target !== file, `${file} imports the composition root ${target}`).toBe(
        false,
      );
      if (!MAY_BE_CONCRETE.has(name as string)) {
        expect(
          CONCRETE.some((pattern) => pattern.test(target)),
          `${file} imports the concrete ${target}`,
        ).toBe(false);
      }
    }
  });

  test('there are sources, and all layers are used', () => {
    expect(sources.length).toBeGreaterThan(100);
    const used = new Set(sources.map(layerOf));
    for (const name of Object.keys(LAYERS)) expect(used.has(name), name).toBe(true);
  });
});
