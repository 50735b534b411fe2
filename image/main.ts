/** `npm run bundle` and `npm run image`: see --help. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Command } from 'commander';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { image, tag, reconciler, kinds } = new Command('bundle')
  .description('bundles all services into dist/, and makes a container image of it')
  .option('--reconciler <file>', 'the module that serves your reconciler', 'examples/hello/main.ts')
  .option('--kinds <file>', 'the module of the kinds of resources that your API serves')
  .option('--image', 'build an image with docker or podman')
  .option('--tag <tag>', 'name of the image', 'levelset:dev')
  .parse()
  .opts<{ image?: boolean; tag: string; reconciler: string; kinds?: string }>();

const { services, bytes } = await bundle({ root, outdir: join(root, 'dist'), reconciler, kinds });
console.log(`dist/levelset.mjs runs ${services.join(', ')}, redrive (${(bytes / 1024 / 1024).toFixed(1)} MB in all)`);

if (image) {
  // The image makes a cache of its own; a user without rights writes it, who can make no folder there.
  mkdirSync(join(root, 'dist/compile-cache'));
  const builder = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { stdio: 'ignore' }).status === 0);
  if (builder === undefined) {
    console.error('no image is built: neither docker nor podman runs here');
    process.exitCode = 1;
  } else {
    const made = spawnSync(builder, ['build', '--file', 'image/Dockerfile', '--tag', tag, '.'], {
      cwd: root,
      stdio: 'inherit',
    });
    process.exitCode = made.status ?? 1;
  }
} else {
  const warmed = spawnSync(process.execPath, ['dist/warm.mjs'], { cwd: root, stdio: 'inherit' });
  process.exitCode = warmed.status ?? 1;
}
