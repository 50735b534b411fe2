import type { IncomingHttpHeaders } from 'node:http';
import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { ConditionName, Conditions } from '../../queue/stores/conditions.ts';
import type { Selection } from './fields.ts';

/** A request whose body has arrived. */
export interface StorageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `http://127.0.0.1:<port>`, for the links in answers. */
  readonly origin: string;
  /** What of the answer is asked for; all of it where absent. */
  readonly fields?: Selection;
}

/** Reads a JSON body: an object, or nothing where `emptyIs` says what that means. */
export function parseJson(body: Uint8Array, emptyIs?: object): Parsed<Record<string, unknown>> {
  if (body.length === 0 && emptyIs) return accepted({ ...emptyIs });
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isRecord(value) ? accepted(value) : refused('Parse Error: not an object');
  } catch (error) {
    return refused(`Parse Error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A JSON object, as against an array, a scalar or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The conditions on the object that a request reads or writes; with `source`, those on the source of a copy. */
export function parseConditions(query: URLSearchParams, source?: 'source'): Parsed<Conditions> {
  const conditions: Partial<Record<ConditionName, string>> = {};
  const names: ConditionName[] = [
    'ifGenerationMatch',
    'ifGenerationNotMatch',
    'ifMetagenerationMatch',
    'ifMetagenerationNotMatch',
  ];
  for (const name of names) {
    const parsed = parseLong(query, source ? name.replace('if', 'ifSource') : name);
    if (!parsed.ok) return parsed;
    if (parsed.value !== undefined) conditions[name] = parsed.value;
  }
  return accepted(conditions);
}

/** A 64-bit number of the query, in decimal without leading zeros; `undefined` if it is not given. */
export function parseLong(query: URLSearchParams, name: string): Parsed<string | undefined> {
  const text = query.get(name);
  if (text === null) return accepted(undefined);
  if (!/^[0-9]{1,19}$/.test(text)) return refused(`Invalid value at '${name}' (TYPE_INT64), "${text}"`);
  return accepted(BigInt(text).toString());
}
