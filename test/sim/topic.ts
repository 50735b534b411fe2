import { HINT_ATTRIBUTES, HINT_KIND, type HintMessage, tickMessage } from '../../queue/core/hint.ts';
import { QueueError } from '../../queue/errors.ts';
import { sleep } from '../../queue/ports/clock.ts';
import { parseTrigger } from '../../services/dispatcher/trigger.ts';
import type { HintPublisher } from '../../services/hints/hint-publisher.ts';
import type { Region } from './region.ts';
import type { World } from './world.ts';

const TICK_MS = 60_000;
/** How long Pub/Sub goes on with a message that nobody acknowledges. */
const RETENTION_MS = 1_200_000;

/** The hint topic and its push subscription in each region: at least once, late, doubled, or by bad luck not at all. */
export class Topic implements HintPublisher {
  readonly #world: World;
  readonly #regions: readonly Region[];
  down = false;
  #calm = false;

  constructor(world: World, regions: readonly Region[]) {
    this.#world = world;
    this.#regions = regions;
    world.clock.after(TICK_MS, () => this.#tick());
  }

  calm(): void {
    this.down = false;
    this.#calm = true;
  }

  async publish(message: HintMessage): Promise<void> {
    const { clock, weather, plan, dice } = this.#world;
    await sleep(clock, weather.wayMs());
    if (this.down) {
      await sleep(clock, dice.between(100, 10_000));
      throw new QueueError('unavailable', 'the topic does not answer');
    }
    const isHint = message.attributes[HINT_ATTRIBUTES.kind] === HINT_KIND.hint;
    const isLost = isHint && !this.#calm && dice.chance(plan.lostHints);
    const copies = isLost ? 0 : isHint && !this.#calm && dice.chance(plan.lostHints) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#deliver(message);
  }

  #tick(): void {
    this.#world.clock.after(TICK_MS, () => this.#tick());
    if (!this.down) this.#deliver(tickMessage);
  }

  #deliver(message: HintMessage): void {
    const region = message.attributes[HINT_ATTRIBUTES.region];
    const trigger = parseTrigger(message);
    if (!trigger.ok) return this.#world.trace.breach(trigger.problem, message.data);
    for (const each of this.#regions) {
      if (region !== undefined && region !== each.name) continue;
      void this.#push(each, () => each.push(trigger.value));
    }
  }

  async #push(region: Region, push: () => Promise<boolean>): Promise<void> {
    const { clock, weather, dice } = this.#world;
    const endMs = clock.now() + RETENTION_MS;
    await sleep(clock, weather.wayMs());
    if (!this.#calm && dice.chance(0.05)) await sleep(clock, dice.spread(100, 120_000));
    for (;;) {
      if (!this.down && (await push())) return;
      await sleep(clock, dice.between(10_000, 60_000));
      if (clock.now() > endMs) return void this.#world.trace.note('', 'expired', region.name);
    }
  }
}
