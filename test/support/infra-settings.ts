import type { InfraSettings } from '../../infra/config/schema.ts';
import { settings as example } from '../../infra/levelset.config.ts';

const REGIONS = ['us-central1', 'europe-west1', 'asia-northeast1', 'us-east4', 'australia-southeast1'];

/** The example with documents of its reconciler and an API for them. */
export function settingsWithResources(): InfraSettings {
  const settings = settingsFor(1);
  const [hello] = settings.queues;
  const resources = {
    api: {
      image: 'us-docker.pkg.dev/my-project/levelset/rack:1',
      callers: ['group:engineering@example.com'],
      secrets: { KEY: { secret: 'api-key' } },
    },
  };
  return { ...settings, queues: [{ ...hello!, resources }] };
}

/** The example config in so many regions, with its state in a folder. */
export function settingsFor(regions: number, stateFolder = '/state'): InfraSettings {
  return {
    ...example,
    state: { kind: 'local', folder: stateFolder },
    regions: REGIONS.slice(0, regions).map((name) => ({ name, network: 'default', subnet: `levelset-${name}` })),
  };
}
