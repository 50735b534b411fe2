import { Dispatcher } from '../../services/dispatcher/dispatcher.ts';
import type { PublishHint } from '../../services/dispatcher/follow-ups.ts';
import type { Trigger } from '../../services/dispatcher/trigger.ts';
import type { ReconcilerCaller } from '../../services/rpc/reconciler-port.ts';
import type { Machine, World } from './world.ts';

/** When Pub/Sub gives up on a push. */
const ACK_DEADLINE_MS = 600_000;
/** What Cloud Run gives a process between SIGTERM and SIGKILL. */
const TERM_MS = 10_000;
/** What the dispatcher makes of that. */
const GRACE_MS = 7_000;

/** One process of a region's dispatcher, as Cloud Run runs it: on request billing it only has CPU while a request is open. */
export class Instance {
  readonly machine: Machine;
  readonly #world: World;
  readonly #dispatcher: Dispatcher;
  readonly #open = new Set<(acknowledged: boolean) => void>();
  #killed = false;
  #suspended = false;
  #stopping = false;

  constructor(
    world: World,
    name: string,
    parts: { region: string; publish: PublishHint; reconciler: (instance: Instance) => ReconcilerCaller },
  ) {
    this.#world = world;
    this.machine = world.machine(name);
    this.#dispatcher = new Dispatcher({
      context: this.machine.context,
      settings: { ...world.plan.settings, region: parts.region },
      reconciler: parts.reconciler(this),
      publish: parts.publish,
    });
    world.trace.note(name, 'up', parts.region, `skew ${this.machine.skewMs}`);
    this.#schedule();
  }

  get alive(): boolean {
    return !this.#killed;
  }

  /** Whether its code runs. */
  get awake(): boolean {
    return !this.machine.process.stopped;
  }

  /** Pushes a trigger. Resolves when the push is over: true = acknowledged. */
  push(trigger: Trigger): Promise<boolean> {
    const { clock } = this.#world;
    return new Promise((resolve) => {
      const end = (acknowledged: boolean) => {
        this.#open.delete(end);
        cancel();
        resolve(acknowledged);
        this.#schedule();
      };
      const cancel = clock.after(ACK_DEADLINE_MS, () => end(false));
      this.#open.add(end);
      this.#schedule();
      this.machine.process.clock.after(this.#world.weather.wayMs(), () => {
        this.#dispatcher.trigger(trigger).then(
          () => end(true),
          () => end(false),
        );
      });
    });
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  suspend(ms: number): void {
    this.#suspended = true;
    this.#note('SIGSTOP');
    this.#schedule();
    this.#world.clock.after(ms, () => {
      this.#suspended = false;
      this.#note('SIGCONT');
      this.#schedule();
    });
  }

  /** SIGTERM, and SIGKILL when the platform's patience is over. */
  terminate(): void {
    if (this.#stopping || this.#killed) return;
    this.#stopping = true;
    this.#note('SIGTERM');
    this.#schedule();
    const stopped = () => this.kill();
    this.machine.process.clock.after(0, () => void this.#dispatcher.stop(GRACE_MS).then(stopped));
    this.#world.clock.after(TERM_MS, stopped);
  }

  /** SIGKILL. Whoever has a request open sees the connection break. */
  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#note('SIGKILL');
    this.#schedule();
    for (const end of this.#open) end(false);
  }

  /** Gives the process CPU, or takes it away. */
  #schedule(): void {
    const { process } = this.machine;
    const billed = this.#world.plan.settings.billing === 'instance' || this.#open.size > 0 || this.#stopping;
    const run = billed && !this.#suspended && !this.#killed;
    if (run && process.stopped) process.resume();
    else if (!run && !process.stopped) process.stop();
  }

  #note(signal: string): void {
    this.#world.trace.note(this.machine.name, signal, '');
  }
}
