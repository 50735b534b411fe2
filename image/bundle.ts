import { cpSync, readdirSync, rmSync, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

/** What each file of the bundle begins with, since it is an ES module with CommonJS packages in it. */
const BANNER = `
import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __toPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __sourceUrl = new URL('./bundled/source/file.mjs', import.meta.url).href;
const __filename = __toPath(__sourceUrl);
const __dirname = __toPath(new URL('.', __sourceUrl));
`.trim();

/** The folder in the bundle that `warm.mjs` makes, and `levelset.mjs` uses where it is. */
const COMPILE_CACHE = 'compile-cache';

export interface BundleOptions {
  /** Root of the package. */
  readonly root: string;
  readonly outdir: string;
  /** The module that serves a reconciler. */
  readonly reconciler: string;
  /** The module of the kinds that the API serves: `kinds.mjs` in the bundle. Absent: there is none, and no API can run. */
  readonly kinds?: string | undefined;
}

export interface Bundle {
  readonly services: readonly string[];
  readonly bytes: number;
}

/**
 * Bundles each service into a file of its own, with what they share in chunks, so that a process reads only what it runs.
 *
 * Sources and packages look for `.proto` files and `package.json` at `../../` of where they lie. In the bundle all of them seem to
 * lie in `bundled/source/`, and what they look for is copied to the top.
 */
export async function bundle({ root, outdir, reconciler, kinds }: BundleOptions): Promise<Bundle> {
  const mains = readdirSync(join(root, 'services'))
    .filter((name) => existsSync(join(root, 'services', name, 'main.ts')))
    .map((name) => [name, join(root, 'services', name, 'main.ts')] as const);
  const entries = Object.fromEntries([
    ...mains,
    ['cli', join(root, 'cli/levelset.ts')],
    ['reconciler', resolve(root, reconciler)],
  ]);
  const modules = kinds === undefined ? {} : { kinds: resolve(root, kinds) };
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      levelset: join(root, 'image/entry.ts'),
      warm: join(root, 'image/warm.ts'),
      ...entries,
      ...modules,
    },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    // Identifiers stay as they are: stack traces keep their names, and saving them otherwise (keepNames) costs a call for each
    // function of each package when a process starts.
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: BANNER },
    define: {
      'import.meta.url': '__sourceUrl',
      SERVICES: JSON.stringify(Object.keys(entries)),
      COMPILE_CACHE: JSON.stringify(COMPILE_CACHE),
    },
    // The local stack is for development, and stays out.
    external: ['../local/program.ts', '../local/stack.ts'],
  });
  cpSync(join(root, 'package.json'), join(outdir, 'package.json'));
  for (const [from, to] of protoFolders(root)) {
    const filter = (path: string) => isFolder(path) || path.endsWith('.proto');
    cpSync(from, join(outdir, 'proto', to), { recursive: true, filter });
  }
  return { services: Object.keys(entries), bytes: sizeOf(outdir) };
}

/** Folders of `.proto` files, and where they belong below `proto/`. */
function protoFolders(root: string): readonly (readonly [from: string, to: string])[] {
  const require = createRequire(join(root, 'package.json'));
  const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`));
  return [
    [join(root, 'proto'), '.'],
    [join(folderOf('grpc-health-check'), 'proto/health'), 'health'],
    [join(folderOf('@grpc/reflection'), 'build/proto/grpc'), 'grpc'],
  ];
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function sizeOf(path: string): number {
  if (!isFolder(path)) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
