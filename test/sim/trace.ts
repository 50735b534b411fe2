import type { Clock } from '../../queue/ports/clock.ts';

/** Lines that are kept for the story of a failure. */
const MOST_LINES = 100_000;

/** A law of the queue was broken. The message tells the whole story. */
export class Violation extends Error {}

/** Everything that happens in a simulation, in order. Two runs of one seed have the same hash. */
export class Trace {
  readonly #clock: Clock;
  readonly #beganMs: number;
  #lines: string[] = [];
  #hash = 0x811c9dc5;
  #sequence = 0;
  /** The first law that was broken. */
  #broken: { readonly law: string; readonly subject: string; readonly sequence: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.now();
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  /** Events so far: the number of the last one. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Takes down what `who` did to `subject`, an object or a key. Gives its place in the order of events. */
  note(who: string, what: string, subject: string, detail = ''): number {
    const sequence = ++this.#sequence;
    const seconds = ((this.#clock.now() - this.#beganMs) / 1000).toFixed(3);
    const line = `${String(sequence).padStart(7)} ${seconds.padStart(10)} s  ${who.padEnd(8)} ${what} ${subject} ${detail}`;
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#hash >>>= 0;
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(MOST_LINES / 2);
    return sequence;
  }

  /** A law was broken by what has just happened to `subject`. Only the first counts: what follows from it proves nothing. */
  breach(law: string, subject: string): void {
    this.#broken ??= { law, subject, sequence: this.#sequence };
  }

  /** Throws {@link Violation} if a law was broken. */
  check(): void {
    if (!this.#broken) return;
    const { law, subject, sequence } = this.#broken;
    throw new Violation(`${this.#story(subject)}\n\n${law}: ${subject} at event ${sequence}`);
  }

  /** The last events that name the subject. */
  #story(subject: string): string {
    const about = this.#lines.filter(
      (line) => ` ${line} `.includes(`/${subject} `) || ` ${line} `.includes(` ${subject} `),
    );
    return about.slice(-80).join('\n');
  }
}
