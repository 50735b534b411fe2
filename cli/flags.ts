import { parseInstant } from '../queue/core/instant.ts';
import { QueueError } from '../queue/errors.ts';
import { parseDuration } from '../services/rpc/duration.ts';

/** What was given on the command line, by the names that the command table has. Whatever breaks a rule is refused with the rule. */
export class Flags {
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given;
  }

  /** Whether `--name` was given. */
  on(name: string): boolean {
    return this.#given[camel(name)] === true;
  }

  text(name: string): string | undefined {
    const value = this.#given[camel(name)];
    return typeof value === 'string' ? value : undefined;
  }

  /** As {@link text}, and not empty. */
  word(name: string): string | undefined {
    const value = this.text(name);
    if (value !== undefined && value.trim() === '') throw refusal(name, 'may not be empty', value);
    return value;
  }

  whole(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw refusal(name, `must be a whole number from ${least} to ${most}`, value);
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    throw refusal(name, 'must be a number with one of ms, s, m, h, d, such as 10m', value);
  }

  /** Unix ms of a moment to come: a span from now, a time of today or tomorrow (`15:00`, on this machine's clock), or RFC 3339. */
  moment(name: string, nowMs: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const ms = momentOf(value, nowMs);
    if (ms === undefined) {
      throw refusal(name, 'must be a span (30m), a time of day (15:00) or a time (2026-01-31T15:00:00Z)', value);
    }
    if (ms <= nowMs) throw refusal(name, 'must lie in the future', value);
    return ms;
  }

  /** A number a second, `5/s` or `5`, or a minute, `90/m`. */
  rate(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(?:\/(s|m))?$/.exec(value) ?? [];
    const rate = Number(number) / (unit === 'm' ? 60 : 1);
    if (rate > 0 && rate <= 10_000) return rate;
    throw refusal(name, 'must be a number a second or a minute, such as 20/s or 90/m', value);
  }

  /** `3`, `3+` or `3-9`. */
  range(name: string): { readonly least: number; readonly most: number } | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, from, plus, to] = /^(\d{1,9})(?:(\+)|-(\d{1,9}))?$/.exec(value) ?? [];
    const least = Number(from);
    const most = plus ? Number.MAX_SAFE_INTEGER : to === undefined ? least : Number(to);
    if (from !== undefined && least <= most) return { least, most };
    throw refusal(name, 'must be a number or a range, such as 3, 3+ or 3-9', value);
  }

  /** Some of a few words, set off by commas. */
  some<T extends string>(name: string, words: readonly T[]): readonly T[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    return value.split(',').map((each) => {
      const word = words.find((known) => known === each.trim());
      if (word === undefined) throw refusal(name, `must be of ${words.join(', ')}`, value);
      return word;
    });
  }
}

function refusal(name: string, rule: string, value: string): QueueError {
  return new QueueError('invalid', `--${name} ${rule}: ${name}=${JSON.stringify(value)}`);
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function momentOf(value: string, nowMs: number): number | undefined {
  const span = parseDuration(value);
  if (span.ok) return nowMs + span.value;
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(value) ?? [];
  if (hour === undefined || minute === undefined) return parseInstant(value);
  if (Number(hour) > 23 || Number(minute) > 59) return undefined;
  const today = new Date(nowMs).setHours(Number(hour), Number(minute), 0, 0);
  return today > nowMs ? today : new Date(today).setDate(new Date(today).getDate() + 1);
}
