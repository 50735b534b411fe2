import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the generated types are checked in. */
export const GENERATED = fileURLToPath(new URL('gen', import.meta.url));

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROTOS = ['proto/workqueue.proto', 'proto/status.proto', 'proto/raw.proto'];

/**
 * Writes TypeScript types for our protos into `folder`, which is emptied first. The options say the same as `LOADING` in
 * `services/rpc/definition.ts`, which decides what the messages really are: 64-bit integers come in as decimal strings (a
 * JavaScript number cannot hold them all), enums as names, absent fields with their defaults.
 */
export function generate(folder: string): void {
  const loader = dirname(createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json'));
  const generator = join(loader, 'build/bin/proto-loader-gen-types.js');
  const options = [
    '--longs=String',
    '--enums=String',
    '--defaults',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
  ];
  rmSync(folder, { recursive: true, force: true });
  // From the root, because each generated file names its source as it was given.
  execFileSync(process.execPath, [generator, ...options, '-O', folder, ...PROTOS], { cwd: ROOT, stdio: 'inherit' });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) generate(GENERATED);
