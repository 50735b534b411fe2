import { problemsOfContainers } from './containers.ts';
import { bucketName, resourcesBucketName, MOST_BUCKET_NAME, MOST_QUEUE_NAME } from './names.ts';
import type { Infra, Queue } from './schema.ts';

/**
 * Rules between settings. They run on what the user wrote also where parts of it are wrong, so that all problems are told at
 * once: each looks only at parts that have the type it needs.
 */
export function problemsBetween(infra: Partial<Infra>): string[] {
  const regions = strings(list(infra.regions).map((region) => region.name));
  const queues = list(infra.queues);
  return [
    ...repeated(regions).map((name) => `two regions have the name ${name}`),
    ...repeated(queues.map(({ name }) => name)).map((name) => `two queues have the name ${name}`),
    ...repeated(buckets(infra, distinct(queues))).map((name) => `two queues have the bucket ${name}`),
    ...queues.flatMap((queue, index) => {
      const at = `queues[${index}]`;
      return [
        ...namesOf(infra, queue, at),
        ...limitsOf(regions, queue, at),
        ...placesOf(infra, regions, queue, at),
        ...problemsOfContainers(queue, at),
        ...membersTwice(queue, at),
      ];
    }),
  ];
}

function namesOf(infra: Partial<Infra>, queue: Partial<Queue>, at: string): string[] {
  const { name } = queue;
  if (typeof name !== 'string') return [];
  if (name.length > MOST_QUEUE_NAME) {
    return [
      `${at}.name is too long for a service account: ${name} has ${name.length} characters, of at most ${MOST_QUEUE_NAME}`,
    ];
  }
  if (`${name}-rcv`.length < 6) return [`${at}.name is too short for a service account: ${name} needs 2 characters`];
  return buckets(infra, [queue])
    .filter((bucket) => bucket.length > MOST_BUCKET_NAME)
    .map((bucket) => `${at}: ${bucket} is longer than ${MOST_BUCKET_NAME} characters; name the bucket in the config`);
}

function limitsOf(regions: readonly string[], queue: Partial<Queue>, at: string): string[] {
  const { concurrency = 20, backoffSeconds = 30, backoffMaxSeconds = 600, reconciler } = queue;
  const problems: string[] = [];
  if (concurrency >= 1 && concurrency < regions.length) {
    problems.push(
      `${at}.concurrency must be at least the number of regions, because each runs a share of it: it is ${concurrency} for ${regions.length} regions`,
    );
  }
  if (backoffMaxSeconds < backoffSeconds) {
    problems.push(
      `${at}.backoffMaxSeconds must not be less than backoffSeconds: ${backoffMaxSeconds} < ${backoffSeconds}`,
    );
  }
  const { maxInstances = 10, requestsPerInstance = 20, minInstances = 0 } = reconciler ?? {};
  const share = Math.ceil(concurrency / Math.max(regions.length, 1));
  if (maxInstances * requestsPerInstance < share) {
    problems.push(
      `${at}.reconciler takes too few calls: ${maxInstances} instances of ${requestsPerInstance} are less than a region's share of the concurrency, ${share}`,
    );
  }
  const services = {
    reconciler: { minInstances, maxInstances },
    receiver: queue.receiver,
    ingress: queue.ingress,
    'resources.api': queue.resources?.api,
  };
  for (const [part, service] of Object.entries(services)) {
    const { minInstances: least = 0, maxInstances: most = 10 } = service ?? {};
    if (least > most)
      problems.push(`${at}.${part}.minInstances must not be more than maxInstances: ${least} > ${most}`);
  }
  return problems;
}

function placesOf(
  { project }: Partial<Infra>,
  regions: readonly string[],
  queue: Partial<Queue>,
  at: string,
): string[] {
  const topics = list(queue.ingress?.topics);
  const ownTopics = `projects/${project}/topics/`;
  return [
    ...topics.flatMap(({ region }, index) =>
      region === undefined || regions.includes(region)
        ? []
        : [`${at}.ingress.topics[${index}].region must be one of the regions: ${region}`],
    ),
    ...repeated(topics.map(({ topic }) => (typeof topic === 'string' ? topic.replace(ownTopics, '') : topic))).map(
      (topic) => `${at}.ingress.topics names ${topic} twice`,
    ),
    ...repeated(list(queue.ingress?.rules).map(({ name }) => name)).map(
      (name) => `${at}.ingress.rules has two rules of the name ${name}`,
    ),
  ];
}

/** Each is a binding: of two the second would be taken away with the first. */
function membersTwice(queue: Partial<Queue>, at: string): string[] {
  const members = {
    'receiver.callers': queue.receiver?.callers,
    'ingress.callers': queue.ingress?.callers,
    'resources.api.callers': queue.resources?.api?.callers,
    viewers: queue.viewers,
    operators: queue.operators,
  };
  return Object.entries(members).flatMap(([name, all]) =>
    repeated(Array.isArray(all) ? all : []).map((member) => `${at}.${name} names ${member} twice`),
  );
}

function buckets({ project }: Partial<Infra>, queues: readonly Partial<Queue>[]): string[] {
  return queues.flatMap((queue) =>
    typeof project === 'string' && typeof queue.name === 'string' ? bucketsOf(project, queue as Queue) : [],
  );
}

function bucketsOf(project: string, queue: Queue): string[] {
  const bucket = bucketName(project, { ...queue, bucket: queue.bucket ?? {} });
  if (!queue.resources) return [bucket];
  const resources = { ...queue.resources, bucket: queue.resources.bucket ?? {} };
  return [bucket, resourcesBucketName(project, { ...queue, resources })];
}

/** Queues of one name would have one bucket: that is one mistake. */
function distinct(queues: readonly Partial<Queue>[]): readonly Partial<Queue>[] {
  return queues.filter(({ name }, index) => queues.findIndex((other) => other.name === name) === index);
}

/** The objects in what should be a list of them. */
function list<T extends object>(value: readonly T[] | undefined): readonly Partial<T>[] {
  return Array.isArray(value)
    ? (value as readonly Partial<T>[]).filter((item) => typeof item === 'object' && item !== null)
    : [];
}

function repeated(values: readonly unknown[]): string[] {
  const names = strings(values);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function strings(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string');
}
