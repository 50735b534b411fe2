import { describe, expect, test } from 'vitest';
import { parseInfra } from '../../infra/config/parse.ts';
import { settings as example } from '../../infra/levelset.config.ts';

const hello = example.queues[0]!;

/** The example with something changed; whatever, since mistakes have no type. */
function problemsOf(change: object): readonly string[] {
  const parsed = parseInfra({ ...example, ...change });
  return parsed.ok ? [] : parsed.problems;
}

const queue = (change: object) => ({ queues: [{ ...hello, ...change }] });

describe('the config', () => {
  test('of the example is in order, and defaults are filled in', () => {
    const parsed = parseInfra(example);
    expect(parsed).toMatchObject({
      ok: true,
      infra: {
        name: 'levelset',
        deletionProtection: true,
        queues: [{ maxAttempts: 100, dispatcher: { billing: 'request' } }],
      },
    });
  });

  test.for<[string, object, string]>([
    [
      'an unknown region',
      { regions: [{ name: 'us-middle1', network: 'n', subnet: 's' }] },
      'regions[0].name must be a region that has Cloud Run, such as us-central1: it is "us-middle1"',
    ],
    ['a missing subnet', { regions: [{ name: 'us-central1', network: 'n' }] }, 'regions[0].subnet is missing'],
    ['no region', { regions: [] }, 'regions must have a region'],
    ['a region twice', { regions: [example.regions[0], example.regions[0]] }, 'two regions have the name us-central1'],
    [
      'concurrency 0',
      queue({ concurrency: 0 }),
      'queues[0].concurrency must be a whole number from 1 to 100000: it is 0',
    ],
    [
      'less concurrency than regions',
      queue({ concurrency: 1 }),
      'queues[0].concurrency must be at least the number of regions, because each runs a share of it: it is 1 for 2 regions',
    ],
    [
      'a name too long for a service account',
      queue({ name: 'a-queue-with-a-really-long-name' }),
      'queues[0].name is too long for a service account: a-queue-with-a-really-long-name has 31 characters, of at most 26',
    ],
    ['two queues with one name', { queues: [hello, hello] }, 'two queues have the name hello'],
    [
      'two queues with one bucket',
      {
        queues: [
          { ...hello, bucket: { name: 'one' } },
          { ...hello, name: 'b2', bucket: { name: 'one' } },
        ],
      },
      'two queues have the bucket one',
    ],
    [
      'an image without a tag',
      { image: 'us-docker.pkg.dev/p/r/levelset' },
      'image must be a container image with a registry and a tag or a digest, such as us-docker.pkg.dev/project/repository/levelset:1: it is "us-docker.pkg.dev/p/r/levelset"',
    ],
    ['a setting that does not exist', queue({ concurency: 3 }), 'queues[0] has no setting concurency'],
    [
      'everyone as a caller',
      queue({ receiver: { callers: ['allUsers'] } }),
      'queues[0].receiver.callers[0] must be a member of IAM such as group:team@example.com or serviceAccount:name@project.iam.gserviceaccount.com; allUsers and allAuthenticatedUsers are not possible: it is "allUsers"',
    ],
    [
      'more instances at least than at most',
      queue({ receiver: { minInstances: 5, maxInstances: 2 } }),
      'queues[0].receiver.minInstances must not be more than maxInstances: 5 > 2',
    ],
    [
      'a reconciler that takes too few calls',
      queue({ concurrency: 1000 }),
      "queues[0].reconciler takes too few calls: 10 instances of 20 are less than a region's share of the concurrency, 500",
    ],
    [
      'a backoff that shrinks',
      queue({ backoffSeconds: 60, backoffMaxSeconds: 5 }),
      'queues[0].backoffMaxSeconds must not be less than backoffSeconds: 5 < 60',
    ],
    [
      'events for a region that is not there',
      queue({ ingress: { ...hello.ingress, topics: [{ topic: 'uploads', region: 'us-east1' }] } }),
      'queues[0].ingress.topics[0].region must be one of the regions: us-east1',
    ],
    [
      'an event topic twice',
      queue({ ingress: { ...hello.ingress, topics: [{ topic: 'uploads' }, { topic: 'uploads' }] } }),
      'queues[0].ingress.topics names uploads twice',
    ],
    [
      'a rule without a key',
      queue({ ingress: { rules: [{ name: 'r', key: {} }] } }),
      'queues[0].ingress.rules[0].key must have from, template or both',
    ],
    [
      'a variable of the platform',
      queue({ reconciler: { ...hello.reconciler, env: { PORT: '1' } } }),
      'queues[0].reconciler.env.PORT must not have names that Cloud Run sets: it is "1"',
    ],
    [
      'a label that Google refuses',
      { labels: { Team: 'x' } },
      'labels.Team must have keys of [a-z0-9_-] that begin with a letter: it is "x"',
    ],
    [
      'too little memory for its processors',
      queue({ dispatcher: { cpu: 8 } }),
      'queues[0].dispatcher.memory must be from 4096Mi to 32768Mi for 8 processors: it is "512Mi"',
    ],
    [
      'a variable that is a secret as well',
      queue({ reconciler: { ...hello.reconciler, env: { A: '1' }, secrets: { A: { secret: 's' } } } }),
      'queues[0].reconciler has A both in env and in secrets',
    ],
    [
      'a sidecar with the name of the reconciler',
      queue({ reconciler: { ...hello.reconciler, sidecars: [{ name: 'reconciler', image: 'ghcr.io/a/b:1' }] } }),
      'queues[0].reconciler has two containers of the name reconciler',
    ],
    [
      'a location that is none',
      queue({ bucket: { location: 'Mars' } }),
      'queues[0].bucket.location must be a region, or US, EU, ASIA, NAM4, EUR4, EUR5, EUR7, EUR8, ASIA1: it is "Mars"',
    ],
    [
      'a caller twice',
      queue({ receiver: { callers: ['user:a@example.com', 'user:a@example.com'] } }),
      'queues[0].receiver.callers names user:a@example.com twice',
    ],
    [
      'an event topic twice, by its name and by its path',
      queue({
        ingress: { ...hello.ingress, topics: [{ topic: 'uploads' }, { topic: 'projects/my-project/topics/uploads' }] },
      }),
      'queues[0].ingress.topics names uploads twice',
    ],
    [
      'more instances of the API at least than at most',
      queue({ resources: { api: { minInstances: 5, maxInstances: 2 } } }),
      'queues[0].resources.api.minInstances must not be more than maxInstances: 5 > 2',
    ],
    ['no state', { state: undefined }, 'state is missing'],
    ['no project', { project: undefined }, 'project is missing'],
    [
      'a bucket name that would be too long',
      {
        project: 'a-project-with-a-name-of-30-ch',
        ...queue({ name: 'twenty-six-characters-long', bucket: { name: undefined } }),
      },
      '',
    ],
  ])('refuses %s', ([, change, problem]) => {
    expect(problemsOf(change)).toEqual(problem === '' ? [] : [problem]);
  });

  test('tells all problems at once, of single settings and between them', () => {
    const problems = problemsOf({
      project: 'X',
      image: 7,
      regions: [
        { name: 'us-central1', network: 'n' },
        { name: 'us-central1', network: 'n', subnet: 's' },
      ],
      queues: [
        { ...hello, concurrency: 'many' },
        { ...hello, backoffSeconds: 9, backoffMaxSeconds: 8 },
      ],
    });
    expect(problems).toEqual([
      'project must be the id of a project (6 to 30 of [a-z0-9-]): it is "X"',
      'image must be a container image: it is 7',
      'regions[0].subnet is missing',
      'queues[0].concurrency must be a whole number from 1 to 100000: it is "many"',
      'two regions have the name us-central1',
      'two queues have the name hello',
      'queues[1].backoffMaxSeconds must not be less than backoffSeconds: 8 < 9',
    ]);
  });

  test.for([undefined, null, 7, 'x', [], {}, { queues: 5, regions: 'x' }, { queues: [null, 3], regions: [null] }])(
    'that is %o is refused without a crash',
    (settings) => {
      const parsed = parseInfra(settings);
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
    },
  );
});
