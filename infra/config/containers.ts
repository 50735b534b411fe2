import type { Queue } from './schema.ts';

/** Least and most MiB of memory that Cloud Run gives a container of so many processors. */
const MEMORY_MIB: Readonly<Record<number, readonly [least: number, most: number]>> = {
  1: [128, 4096],
  2: [128, 8192],
  4: [2048, 16_384],
  6: [4096, 24_576],
  8: [4096, 32_768],
};

/** A container as it may have been written: any part may be missing or wrong. */
type Written = Partial<Pick<Queue['reconciler'], 'cpu' | 'memory' | 'env' | 'secrets'>>;

/** What single settings of the containers of a queue cannot say of one another. */
export function problemsOfContainers(queue: Partial<Queue>, at: string): string[] {
  const { reconciler } = queue;
  const sidecars = Array.isArray(reconciler?.sidecars) ? reconciler.sidecars : [];
  const names = ['reconciler', ...sidecars.map((sidecar) => sidecar?.name)];
  const containers: Record<string, Written | undefined> = {
    reconciler,
    ...Object.fromEntries(sidecars.map((sidecar, index) => [`reconciler.sidecars[${index}]`, sidecar])),
    receiver: queue.receiver,
    dispatcher: queue.dispatcher,
    ingress: queue.ingress,
    'resources.api': queue.resources?.api,
  };
  return [
    ...[...new Set(names)]
      .filter((name) => name !== undefined && names.filter((other) => other === name).length > 1)
      .map((name) => `${at}.reconciler has two containers of the name ${name}`),
    ...Object.entries(containers).flatMap(([part, container]) =>
      typeof container === 'object' && container !== null
        ? [...memoryProblems(container, `${at}.${part}`), ...variablesTwice(container, `${at}.${part}`)]
        : [],
    ),
  ];
}

function memoryProblems({ cpu = 1, memory = '512Mi' }: Written, at: string): string[] {
  const [, amount, unit] = /^(\d{1,5})(Mi|Gi)$/.exec(memory) ?? [];
  const [least, most] = MEMORY_MIB[cpu] ?? [];
  if (amount === undefined || least === undefined || most === undefined) return [];
  const mib = Number(amount) * (unit === 'Gi' ? 1024 : 1);
  return mib >= least && mib <= most
    ? []
    : [`${at}.memory must be from ${least}Mi to ${most}Mi for ${cpu} processors: it is ${JSON.stringify(memory)}`];
}

function variablesTwice({ env, secrets }: Written, at: string): string[] {
  return Object.keys(env ?? {})
    .filter((name) => Object.hasOwn(secrets ?? {}, name))
    .map((name) => `${at} has ${name} both in env and in secrets`);
}
