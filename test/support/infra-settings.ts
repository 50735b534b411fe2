import type { InfraSettings } from '../../infra/config/schema.ts';
import { settings as example } from '../../infra/levelset.config.ts';

const REGIONS = ['us-central1', 'europe-west1', 'asia-northeast1', 'us-east4', 'australia-southeast1'];

/** The example config in so many regions, with its state in a folder. */
export function settingsFor(regions: number, stateFolder = '/state'): InfraSettings {
  return {
    ...example,
    state: { kind: 'local', folder: stateFolder },
    regions: REGIONS.slice(0, regions).map((name) => ({ name, network: 'default', subnet: `levelset-${name}` })),
  };
}
