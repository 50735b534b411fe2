import type { Duration } from 'levelset';
import { TestResources, type TestResourcesOptions } from 'levelset/resources/testing';
import { Blade, BMC, Chassis, kinds, Node, Rack, RackTemplate } from '../../../examples/rack/kinds.ts';
import { reconcilers } from '../../../examples/rack/reconcilers.ts';

export const CHILDREN = [Chassis, Blade, Node, BMC];

export interface RackRoomOptions extends Partial<TestResourcesOptions> {
  /** After so many runs all others fail at once, so that reconcilers that never come to rest end a test instead of holding it. */
  readonly mostRuns?: number;
}

/** Racks in memory. */
export class RackRoom extends TestResources {
  readonly #mostRuns: number;

  constructor({ mostRuns = Number.POSITIVE_INFINITY, onRun, ...options }: RackRoomOptions = {}) {
    let runs = 0;
    const counted = (key: string) => {
      if (++runs > mostRuns) throw new Error('there were too many runs');
      onRun?.(key);
    };
    super({ kinds, reconcilers, ...options, onRun: counted });
    this.#mostRuns = mostRuns;
  }

  /** Lets time pass. Throws where there were more runs than this room may have. */
  async pass(time: Duration): Promise<void> {
    await this.queue.advance(time);
    const { runs } = this.queue;
    if (runs.length <= this.#mostRuns) return;
    const last = runs.slice(this.#mostRuns - 5, this.#mostRuns).map(({ key }) => key);
    throw new Error(`the reconcilers did not come to rest in ${this.#mostRuns} runs; the last were ${last.join(' ')}`);
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
