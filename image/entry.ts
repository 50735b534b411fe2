/**
 * First file of the image: `node levelset.mjs NAME ARGUMENTS...` runs one service, and loads nothing of the others.
 *
 * | name | what runs |
 * |---|---|
 * | a service, such as `receiver`, `dispatcher`, `ingress` | its `services/NAME/main.ts` |
 * | `api` | the same, for the kinds that the image was bundled with (`LEVELSET_KINDS=kinds.mjs`) |
 * | `reconciler` | the reconciler that the image was bundled with |
 * | `redrive` | `levelset dead redrive ARGUMENTS` |
 * | `cli` | `levelset ARGUMENTS` |
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const EXIT_USAGE = 2;

/** Filled in by the bundler: the names of the files beside this one, and of the folder that `warm.mjs` makes there. */
declare const SERVICES: readonly string[];
declare const COMPILE_CACHE: string;

// Before anything of the service is read. What does not fit this version of Node is not used, and where nothing can be written
// nothing is: neither is an error.
const cache = join(import.meta.dirname, COMPILE_CACHE);
if (existsSync(cache)) enableCompileCache(cache);

const [name = '', ...rest] = process.argv.slice(2);
const commands = name === 'redrive' ? ['dead', 'redrive', ...rest] : rest;
const file = name === 'redrive' ? 'cli' : name;
if (SERVICES.includes(file)) {
  process.argv.splice(2, Infinity, ...commands);
  const module = `./${file}.mjs`;
  await import(module);
} else {
  process.stderr.write(
    `there is no ${JSON.stringify(name)} in this image: it has ${[...SERVICES, 'redrive'].join(', ')}\n`,
  );
  process.exitCode = EXIT_USAGE;
}
