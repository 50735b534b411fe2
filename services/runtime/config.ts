import type { z } from 'zod';
import type { Parsed } from '../../queue/core/parsed.ts';

/** Environment variables as a process finds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Exit code for a configuration that cannot be used, as for a wrong command line. */
const EXIT_CONFIG = 2;

/**
 * Checks the environment against a schema whose input keys are names of variables (`catalogue/environment.ts`). All problems at
 * once, one a line, and never a value: it may be a secret. A variable that is set to nothing counts as not set.
 */
export function parseConfig<T extends object>(schema: z.ZodType<T>, env: Environment): Parsed<Readonly<T>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return { ok: true, value: Object.freeze(result.data) };
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    const problem = name !== '' && given[name] === undefined ? 'is not set' : issue.message;
    return name === '' ? problem : `${name}: ${problem}`;
  });
  return { ok: false, problem: problems.join('\n') };
}

/** The frozen configuration; where it cannot be used, says why on stderr and ends the process. */
export function readConfig<T extends object>(schema: z.ZodType<T>, env: Environment = process.env): Readonly<T> {
  const config = parseConfig(schema, env);
  if (config.ok) return config.value;
  process.stderr.write(`this process cannot start with its configuration:\n${config.problem.replace(/^/gm, '  ')}\n`);
  return process.exit(EXIT_CONFIG);
}
