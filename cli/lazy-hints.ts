import type { HintMessage } from '../queue/core/hint.ts';
import { type Clock, sleep } from '../queue/ports/clock.ts';
import type { HintPublisher } from '../services/hints/hint-publisher.ts';

/** How long what is being published may take when all else is done. */
const PUBLISH_MS = 5_000;

/**
 * A hint topic that is opened with the first message: most commands publish none, and Google's client takes most of a second to
 * load. Whoever publishes may stop waiting; disposing waits for what is still under way, since a closed client sends nothing.
 */
export class LazyHints implements HintPublisher, AsyncDisposable {
  readonly #clock: Clock;
  readonly #open: () => Promise<HintPublisher & AsyncDisposable>;
  #opened: Promise<HintPublisher & AsyncDisposable> | undefined;
  readonly #underWay = new Set<Promise<void>>();

  constructor(clock: Clock, open: () => Promise<HintPublisher & AsyncDisposable>) {
    this.#clock = clock;
    this.#open = open;
  }

  publish(message: HintMessage): Promise<void> {
    this.#opened ??= this.#open();
    const published = this.#opened
      .then((topic) => topic.publish(message))
      .finally(() => this.#underWay.delete(published));
    this.#underWay.add(published);
    return published;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const enough = new AbortController();
    await Promise.race([Promise.allSettled(this.#underWay), sleep(this.#clock, PUBLISH_MS, enough.signal)]);
    enough.abort();
    await (await this.#opened)?.[Symbol.asyncDispose]();
  }
}
