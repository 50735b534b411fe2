import type { PublishHint } from '../../services/dispatcher/follow-ups.ts';
import type { Trigger } from '../../services/dispatcher/trigger.ts';
import type { ReconcilerCaller } from '../../services/rpc/reconciler-port.ts';
import { Instance } from './instance.ts';
import type { World } from './world.ts';

/** Instances that a region may have at once. */
const MOST = 3;

/** The dispatcher service of a region: its instances, and who of them gets a push. */
export class Region {
  readonly name: string;
  readonly #world: World;
  readonly #parts: { publish: PublishHint; reconciler: (instance: Instance) => ReconcilerCaller };
  /** Those that traffic goes to. */
  #serving: Instance[] = [];
  /** Those of old revisions that are not gone. */
  #retired: Instance[] = [];
  #started = 0;

  constructor(
    world: World,
    name: string,
    parts: { publish: PublishHint; reconciler: (instance: Instance) => ReconcilerCaller },
  ) {
    this.name = name;
    this.#world = world;
    this.#parts = parts;
  }

  /** Pushes to one of the instances; without any, Cloud Run starts one. */
  push(trigger: Trigger): Promise<boolean> {
    this.#serving = this.#serving.filter(({ alive }) => alive);
    if (this.#serving.length === 0) this.#start();
    return this.#world.dice.pick(this.#serving).push(trigger);
  }

  /** One more instance takes part in the traffic. */
  scaleOut(): void {
    if (this.instances.length < MOST) this.#start();
  }

  /** A new revision: traffic moves to it at once, the old ones are told to stop some time later. */
  deploy(): void {
    const old = this.#serving;
    this.#serving = [];
    this.#retired = [...this.#retired, ...old].filter(({ alive }) => alive);
    this.#start();
    for (const instance of old) this.#world.clock.after(this.#world.dice.spread(1, 60_000), () => instance.terminate());
  }

  /** All processes that are not gone. */
  get instances(): Instance[] {
    return [...this.#serving, ...this.#retired].filter(({ alive }) => alive);
  }

  #start(): void {
    const name = `${this.name}#${++this.#started}`;
    this.#serving.push(new Instance(this.#world, name, { region: this.name, ...this.#parts }));
  }
}
