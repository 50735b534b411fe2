import { TestResources, type TestResourcesOptions } from 'levelset/resources/testing';
import { Blade, BMC, Chassis, kinds, Node, Rack, RackTemplate } from '../../../examples/rack/kinds.ts';
import { reconcilers } from '../../../examples/rack/reconcilers.ts';

export const CHILDREN = [Chassis, Blade, Node, BMC];

/** Racks in memory. */
export class RackRoom extends TestResources {
  constructor(options: Partial<TestResourcesOptions> = {}) {
    super({ kinds, reconcilers, ...options });
  }

  template(chassisCount: number, bladeCount: number, nodeCount: number, bmcMode: 'shared' | 'dedicated') {
    const spec = { chassisCount, chassisConfig: { bladeCount, bladeConfig: { nodeCount, bmcMode } } };
    return this.store.create(RackTemplate, { name: 'template', spec });
  }

  async rack(templateUID: string, uid = 'rack-00000001') {
    return this.store.create(Rack, { name: 'rack-01', uid, spec: { templateUID, location: 'datacenter-1' } });
  }

  /** How many there are of each kind. */
  async counts(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { name } of CHILDREN) counts[name] = this.names(`resources/${name}/`).length;
    return counts;
  }

  /** UIDs of all that racks have. */
  children(): string[] {
    return CHILDREN.flatMap(({ name }) => this.names(`resources/${name}/`));
  }
}
