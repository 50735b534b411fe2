import type { InfraSettings } from './config/schema.ts';

/**
 * What `npx cdktf deploy '*'` makes. Everything that may be set, with its default and its rule, is in `config/schema.ts`;
 * `docs/deploying.md` tells how to get from here to a reconciled key.
 */
export const settings: InfraSettings = {
  project: 'my-project',
  state: { kind: 'gcs', bucket: 'my-project-terraform-state' },
  image: 'us-docker.pkg.dev/my-project/levelset/levelset:0.1.0',

  regions: [
    { name: 'us-central1', network: 'default', subnet: 'default' },
    { name: 'europe-west1', network: 'default', subnet: 'default' },
  ],

  labels: { team: 'platform', product: 'levelset' },
  notificationChannels: {
    page: ['projects/my-project/notificationChannels/1111111111'],
    ticket: ['projects/my-project/notificationChannels/2222222222'],
  },

  // Who wrote what to the buckets, for the project as a whole. Leave it out where the project has an audit config of its own.
  auditLogs: true,

  queues: [
    {
      name: 'hello',
      description: 'Greets whoever is named: the reconciler of examples/hello.',
      owner: 'platform team',
      bucket: { location: 'US' },
      concurrency: 20,
      maxAttempts: 100,

      // The image of Levelset holds the reconciler that it was bundled with. Any image that speaks the protocol does as well.
      reconciler: {
        image: 'us-docker.pkg.dev/my-project/levelset/levelset:0.1.0',
        args: ['reconciler'],
        probe: 'grpc',
        env: { GREETING: 'hello' },
        secrets: { API_TOKEN: { secret: 'greeter-token' } },
      },

      receiver: { callers: ['serviceAccount:frontend@my-project.iam.gserviceaccount.com'] },

      // Uploads into a bucket become keys: gs://uploads notifies the topic `uploads`.
      ingress: {
        rules: [
          {
            name: 'uploads',
            match: { 'attribute:eventType': { equals: 'OBJECT_FINALIZE' } },
            key: { template: '{bucket}/{name}' },
          },
        ],
        topics: [{ topic: 'uploads' }],
      },

      viewers: ['group:engineering@example.com'],
      operators: ['group:on-call@example.com'],
    },
  ],
};
