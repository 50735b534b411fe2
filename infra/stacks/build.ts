import type { App } from 'cdktf';
import type { Infra } from '../config/schema.ts';
import { GlobalStack } from './global-stack.ts';
import { RegionStack } from './region-stack.ts';

/** All stacks of a config: the global one, then one for each region, which read from it. */
export function build(app: App, infra: Infra): void {
  const global = new GlobalStack(app, infra);
  for (const region of infra.regions) new RegionStack(app, infra, region, global).addDependency(global);
}
