import type { Enqueue } from '../../queue/core/enqueue.ts';
import type { Key } from '../../queue/core/key.ts';
import { redrive } from '../../queue/redrive.ts';
import { Receiver } from '../../services/receiver/receiver.ts';
import { acknowledge } from './laws-of-runs.ts';
import { keyNamed } from './reconciler.ts';
import type { Topic } from './topic.ts';
import type { Machine, World } from './world.ts';

/** Those who put keys into the queue: receivers, which may be killed, and an operator who redrives. */
export class Traffic {
  readonly #world: World;
  readonly #topic: Topic;
  readonly #receivers: { receiver: Receiver; machine: Machine }[] = [];
  readonly #operator: Machine;
  #started = 0;
  /** Enqueues to come; negative: no more, whatever the plan. */
  #left: number;

  constructor(world: World, topic: Topic) {
    this.#world = world;
    this.#topic = topic;
    this.#operator = world.machine('operator');
    this.#left = world.plan.enqueues;
    for (let i = 0; i < 2; i++) this.#receivers.push(this.#start());
    this.#next();
  }

  /** Nobody enqueues any more. */
  calm(): void {
    this.#left = -1;
  }

  /** Kills a receiver; another one takes its place. */
  kill(): void {
    const victim = this.#world.dice.between(0, this.#receivers.length - 1);
    this.#receivers[victim]?.machine.process.stop();
    this.#receivers[victim] = this.#start();
  }

  /** Redrives a dead letter, if there is one. */
  redrive(): void {
    const { dice, trace, ledger, clock } = this.#world;
    const dead = this.#world.deadKeys();
    if (dead.length === 0) return;
    const key = dice.pick(dead) as Key;
    const called = trace.note('operator', 'redrives', key);
    redrive(this.#operator.context, key).then(
      (enqueued) => enqueued && acknowledge(ledger, { key, priority: 0, dueMs: clock.now() }, called),
      () => trace.note('operator', 'could not redrive', key),
    );
  }

  #start(): { receiver: Receiver; machine: Machine } {
    const machine = this.#world.machine(`r${++this.#started}`);
    const { regions } = this.#world.plan.settings;
    return { machine, receiver: new Receiver({ context: machine.context, hints: this.#topic, regions }) };
  }

  /** Enqueues come alone or in bursts, spread over the storm. */
  #next(): void {
    const { dice, plan, clock } = this.#world;
    if (this.#left <= 0) return;
    const burst = Math.min(this.#left, dice.chance(0.9) ? 1 : dice.spread(2, 50));
    this.#left -= burst;
    const meanMs = plan.stormMs / plan.enqueues;
    clock.after(burst * meanMs * 2 * dice.random.unit(), () => {
      if (this.#left < 0) return;
      for (let i = 0; i < burst; i++) this.#enqueue();
      this.#next();
    });
  }

  #enqueue(): void {
    const { dice, plan, clock, trace, ledger } = this.#world;
    const hot = dice.chance(0.3);
    const key = keyNamed(dice.between(0, hot ? Math.floor(plan.keys / 20) : plan.keys - 1));
    const delaySeconds = dice.chance(0.8) ? 0 : dice.spread(1, 1_800);
    const wish: Enqueue = { key, priority: dice.pick([0, 0, 0, 1, 5, 99]), delaySeconds };
    const { receiver, machine } = dice.pick(this.#receivers);
    const called = trace.note(machine.name, 'enqueues', key, `priority ${wish.priority} delay ${delaySeconds}`);
    const dueMs = clock.now() + delaySeconds * 1_000;
    receiver.enqueue(wish).then(
      (kind) => {
        trace.note(machine.name, 'acknowledges', key, `${kind} of ${called}`);
        acknowledge(ledger, { key, priority: wish.priority, dueMs }, called);
      },
      () => trace.note(machine.name, 'refuses', key),
    );
  }
}
