import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'cdktf';
import { parseInfra } from '../../../infra/config/parse.ts';
import type { InfraSettings } from '../../../infra/config/schema.ts';
import { build } from '../../../infra/stacks/build.ts';

const run = promisify(execFile);

/** Whether the real terraform is on this machine. */
export const hasTerraform = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;

/** Bindings of everything that the stacks use, for the stub provider. */
export function foldersUsed(synthesized: Synthesized): string[] {
  const kinds = (part: 'resource' | 'data', prefix: string) =>
    Object.values(synthesized).flatMap((stack) =>
      Object.keys(stack[part] ?? {})
        .filter((type) => type.startsWith('google_'))
        .map((type) => prefix + type.replace('google_', '').replaceAll('_', '-')),
    );
  return [...new Set([...kinds('resource', ''), ...kinds('data', 'data-google-')])];
}

/** A stack as Terraform is given it. */
export interface Stack {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Record<string, any>>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Record<string, any>>>>>;
  readonly output?: Readonly<Record<string, { readonly value: string }>>;
  readonly provider: any;
  readonly terraform: any;
}

/** Stacks by name. */
export type Synthesized = Readonly<Record<string, Stack>>;

/** Synthesizes in this process. Throws with all problems of the settings. */
export function synthesize(settings: InfraSettings, folder: string): Synthesized {
  const parsed = parseInfra(settings);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  // A stub's version: what is compared does not change with a new version of cdktf.
  const app = new App({ outdir: folder, context: { cdktfVersion: 'stubbed' } });
  build(app, parsed.infra);
  app.synth();
  const stacks = join(folder, 'stacks');
  return Object.fromEntries(
    readdirSync(stacks)
      .sort()
      .map((name) => [name, JSON.parse(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')) as Stack]),
  );
}

/** A folder of its own that goes when the test ends. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'levelset-infra-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The environment of terraform and cdktf: offline, with the stub provider. */
export function offline(reattach: string): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: _missing, ...env } = process.env;
  return {
    ...env,
    TF_REATTACH_PROVIDERS: reattach,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    CI: '1',
    NO_COLOR: '1',
  };
}

/** Runs `terraform` in a stack's folder; throws with all of its output where it fails. */
export async function terraform(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return command('terraform', args, { cwd: folder, env });
}

export async function command(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, [...args], { ...options, maxBuffer: 64 * 1024 * 1024 });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
