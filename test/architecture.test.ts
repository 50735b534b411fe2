import { dirname, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allFiles, exportsOf, importsOf, ROOT, sourceOf } from './support/source-graph.ts';

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
    files: [/\/main\.ts$/, /^cli\/levelset\.ts$/, /^services\/reconciler\/serve\.ts$/, /^resources\/(open|serve)\.ts$/],
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
      /^queue\/stores\/(object-name|conditions)\.ts$/,
    ],
    vendors: [/^@google-cloud\/storage/, /^undici$/],
  },
  stores: { files: [/^queue\/stores\//], imports: [/^queue\/(core|ports)\//, /^queue\/errors\.ts$/] },
  'the queue': { files: [/^queue\//], imports: [/^queue\/(core|ports)\//, /^catalogue\//] },
  rpc: {
    files: [/^services\/rpc\//],
    imports: [/^queue\/(core|ports)\//, /^queue\/errors\.ts$/, /^queue\/key-state\.ts$/, /^proto\//, /^catalogue\//],
    vendors: [/^@grpc\//, /^grpc-health-check$/, /^google-auth-library$/],
  },
  telemetry: { files: [/^services\/telemetry\//], imports: [/^queue\/(core|ports|stores\/observed)/, /^catalogue\//] },
  runtime: {
    files: [/^services\/runtime\//],
    imports: [/^queue\//, /^catalogue\//, /^services\/telemetry\//],
    vendors: [/^pino/, /^zod$/, /^@opentelemetry\//],
  },
  'config fields': { files: [/^services\/config\//], imports: [/^catalogue\//], vendors: [/^zod$/] },
  http: { files: [/^services\/http\//], imports: [] },
  hints: { files: [/^services\/hints\//], imports: [/^queue\//, /^catalogue\//], vendors: [/^@google-cloud\/pubsub/] },
  'the testing kit': {
    files: [/^services\/testing\//],
    imports: [/^queue\//, /^catalogue\//, /^services\/(dispatcher|reconciler|rpc)\//],
  },
  services: {
    files: [/^services\/(receiver|ingress|dispatcher|reconciler)\//],
    imports: [
      /^queue\/(?!stores\/)/,
      /^catalogue\//,
      /^proto\//,
      /^services\/(rpc|hints|config|http|telemetry)\//,
      // What the SDK exports is the composition root of a user's process.
      /^services\/reconciler\/serve\.ts$/,
    ],
    vendors: [/^zod$/, /^@grpc\/grpc-js$/, /^cloudevents$/],
  },
  'the core of resources': {
    files: [/^resources\/core\//, /^resources\/errors\.ts$/],
    imports: [/^queue\/core\//],
    vendors: [/^zod$/],
  },
  'the ports of resources': { files: [/^resources\/ports\//], imports: [] },
  'documents on Cloud Storage': {
    files: [/^resources\/stores\/(gcs-documents|document-requests)\.ts$/],
    imports: [/^queue\/(ports\/|errors\.ts$|patience\.ts$|stores\/object-name\.ts$)/, /^resources\/ports\//],
    vendors: [/^@google-cloud\/storage/, /^undici$/],
  },
  'documents in memory': {
    files: [/^resources\/stores\//],
    imports: [/^queue\/(errors|stores\/bucket)\.ts$/, /^resources\/ports\//],
  },
  'the testing kit of resources': {
    files: [/^resources\/testing\.ts$/],
    imports: [/^queue\//, /^services\/testing\//, /^resources\//],
  },
  resources: {
    files: [/^resources\//],
    imports: [
      /^queue\/(core|ports)\//,
      /^queue\/(errors|patience)\.ts$/,
      /^catalogue\//,
      /^services\/reconciler\/(answer|log|reconciler|rejected-error)\.ts$/,
      /^services\/rpc\/duration\.ts$/,
      /^services\/config\//,
    ],
    vendors: [/^zod$/, /^cloudevents$/, /^@google-cloud\/pubsub$/],
  },
  'the API': {
    files: [/^services\/api\//],
    imports: [
      /^queue\/(core|ports)\//,
      /^queue\/errors\.ts$/,
      /^catalogue\//,
      /^services\/config\//,
      /^resources\/(?!open|serve|testing)/,
    ],
    vendors: [/^hono(\/|$)/, /^@hono\/node-server$/, /^zod$/, /^rfc6902$/, /^cloudevents$/],
  },
  cli: {
    files: [/^cli\//],
    imports: [/^queue\//, /^catalogue\//, /^services\//, /^local\//],
    vendors: [/^commander$/, /^zod$/],
  },
  'the local stack': {
    files: [/^local\//],
    // The stack runs the mirror unless it is given something else.
    imports: [/^queue\//, /^catalogue\//, /^services\//, /^proto\//, /^examples\/mirror\/(folders|place)\.ts$/],
    vendors: [/./],
  },
  'the infra app': {
    files: [/^infra\//],
    // Names and schemas, nothing that runs. Its own services are descriptions of ours.
    imports: [/^catalogue\//, /^services\/(?:config\/|\w+\/config\.ts$|ingress\/)/, /^queue\/core\/hint\.ts$/],
    vendors: [/^cdktf$/, /^constructs$/, /^@cdktf\//, /^zod$/, /^hono\/html$/],
  },
  'the image': { files: [/^image\//], imports: [/^catalogue\//], vendors: [/^esbuild$/] },
  examples: {
    files: [/^examples\//],
    imports: [/^queue\/(core|ports|errors)/, /^catalogue\//],
    vendors: [/^levelset(\/|$)/, /^chokidar$/, /^zod$/],
  },
};

/** The concrete things that only a composition root may import: real time, and real stores. */
const CONCRETE = [/^services\/runtime\//, /^queue\/stores\/(gcs|memory|bucket)/, /^resources\/stores\//];
const MAY_BE_CONCRETE = new Set([
  'composition roots',
  'runtime',
  'stores',
  'the Cloud Storage store',
  'documents on Cloud Storage',
  'documents in memory',
  'the testing kit',
  'the testing kit of resources',
  'the local stack',
  'cli',
  'examples',
]);

const sources = allFiles.filter((file) => !/^(test|bench)\//.test(file));

function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS).find((name) => LAYERS[name]?.files.some((pattern) => pattern.test(file)));
}

describe('a folder imports only inward', () => {
  test.for(sources)('%s', (file) => {
    const name = layerOf(file);
    expect(name, 'every source belongs to a layer').toBeDefined();
    const layer = LAYERS[name as string] as Layer;
    for (const { target, ours } of importsOf(file)) {
      if (target.startsWith('node:')) continue;
      const message = `${file} imports ${target}`;
      if (!ours) {
        expect(layer.vendors?.some((vendor) => vendor.test(target)) ?? false, message).toBe(true);
        continue;
      }
      const own = layer.files.some((pattern) => pattern.test(target));
      expect(own || layer.imports.some((pattern) => pattern.test(target)), message).toBe(true);
      expect(target.endsWith('/main.ts') && target !== file, `${message}, a composition root`).toBe(false);
      if (!MAY_BE_CONCRETE.has(name as string)) {
        expect(
          CONCRETE.some((pattern) => pattern.test(target)),
          `${message}, which is concrete`,
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

describe('the sources', () => {
  // In the bundle, a package in CommonJS that is imported so has a default export, and none of its names.
  test('import no package while they run, but a file of ours that imports it', () => {
    const packages = sources.flatMap((file) =>
      importsOf(file).flatMap(({ target, ours, dynamic }) => (dynamic && !ours ? [`${file}: ${target}`] : [])),
    );
    expect(packages).toEqual([]);
  });

  test('import in no circle, types apart', () => {
    const graph = new Map(
      allFiles.map((file) => [
        file,
        importsOf(file)
          .filter(({ ours, typeOnly }) => ours && !typeOnly)
          .map(({ target }) => target),
      ]),
    );
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]) => {
      expect(path.includes(file), [...path, file].join(' -> ')).toBe(false);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(done.size).toBe(allFiles.length);
  });

  test('export nothing that nobody uses', () => {
    const { exports } = JSON.parse(sourceOf('package.json')) as { exports: Record<string, string> };
    const isPublic = (file: string) => Object.values(exports).includes(`./${file}`) || file.startsWith('proto/gen/');
    const used = new Set<string>();
    for (const file of allFiles) {
      for (const { target, names } of importsOf(file)) for (const name of names) used.add(`${target} ${name}`);
      for (const [, names = '', from] of sourceOf(file).matchAll(/\{([^{}]*)\} = await import\('(\.[^']+)'\)/g)) {
        const target = relative(ROOT, resolve(ROOT, dirname(file), from as string));
        for (const name of names.split(',')) used.add(`${target} ${name.trim()}`);
      }
      // `import * as limits` takes what it says further down.
      for (const [, name, from] of sourceOf(file).matchAll(/^import \* as (\w+) from '(\.[^']+)'/gm)) {
        const target = relative(ROOT, resolve(ROOT, dirname(file), from as string));
        for (const [, member] of sourceOf(file).matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g')))
          used.add(`${target} ${member}`);
      }
    }
    const unused = allFiles
      .filter((file) => !isPublic(file))
      .flatMap((file) => exportsOf(file).map((name) => ({ file, name })))
      // What is used only in its own file needs no export; a type in a signature of its own file stands for itself.
      .filter(
        ({ file, name }) =>
          !used.has(`${file} ${name}`) && sourceOf(file).split(new RegExp(`\\b${name}\\b`)).length <= 2,
      )
      .map(({ file, name }) => `${file}: ${name}`);
    expect(unused.join('\n')).toBe('');
  });
});
