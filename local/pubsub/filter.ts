import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { type FilterToken, tokenize } from './filter-tokens.ts';

type Attributes = Readonly<Record<string, string>>;

/** Says whether a message with these attributes is delivered. */
export type Filter = (attributes: Attributes) => boolean;

/** Longest filter, in bytes (Pub/Sub documentation, "Filter messages from a subscription"). */
const MAX_BYTES = 256;

const matchesAll: Filter = () => true;

/**
 * Parses the documented filter language. An empty filter matches every message.
 *
 *     expression = unary { "AND" unary } | unary { "OR" unary }      mixing the two needs parentheses
 *     unary      = { "NOT" | "-" } ( "(" expression ")" | comparison )
 *     comparison = "attributes" ":" key
 *                | "attributes" "." key ( "=" | "!=" ) string
 *                | "hasPrefix" "(" "attributes" "." key "," string ")"
 *     key        = word | string
 *
 * `!=` is the negation of `=`: it matches a message that lacks the attribute. Words are case-sensitive.
 */
export function parseFilter(text: string): Parsed<Filter> {
  if (Buffer.byteLength(text) > MAX_BYTES) return refused(`filter is longer than ${MAX_BYTES} bytes`);
  const tokens = tokenize(text);
  if (!tokens.ok) return tokens;
  if (tokens.value.length === 0) return accepted(matchesAll);
  const parser = new FilterParser(tokens.value);
  const filter = parser.expression();
  if (!filter.ok) return filter;
  return parser.atEnd() ? filter : parser.unexpected('AND, OR or the end');
}

/** Recursive descent; a filter of 256 bytes bounds the depth. */
class FilterParser {
  readonly #tokens: readonly FilterToken[];
  #next = 0;

  constructor(tokens: readonly FilterToken[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  unexpected(wanted: string): Parsed<never> {
    const found = this.#tokens[this.#next];
    const where = found === undefined ? 'the end of the filter' : `"${found.text}" at ${found.at}`;
    return refused(`filter is invalid: expected ${wanted}, found ${where}`);
  }

  expression(): Parsed<Filter> {
    const first = this.#unary();
    if (!first.ok) return first;
    const operands = [first.value];
    const joiner = this.#nextIs('AND') ? 'AND' : 'OR';
    while (this.#accept(joiner)) {
      const operand = this.#unary();
      if (!operand.ok) return operand;
      operands.push(operand.value);
    }
    if (this.#nextIs('AND') || this.#nextIs('OR')) return this.unexpected('parentheses between AND and OR');
    if (operands.length === 1) return first;
    return accepted(
      joiner === 'AND'
        ? (attributes) => operands.every((matches) => matches(attributes))
        : (attributes) => operands.some((matches) => matches(attributes)),
    );
  }

  #unary(): Parsed<Filter> {
    if (this.#accept('NOT') || this.#accept('-')) return negated(this.#unary());
    if (this.#accept('(')) {
      const inner = this.expression();
      return inner.ok && !this.#accept(')') ? this.unexpected('")"') : inner;
    }
    if (this.#accept('hasPrefix')) return this.#hasPrefix();
    if (this.#accept('attributes')) return this.#comparison();
    return this.unexpected('attributes, hasPrefix, NOT or "("');
  }

  #comparison(): Parsed<Filter> {
    if (this.#accept(':')) {
      const key = this.#key();
      return key.ok ? accepted((attributes) => Object.hasOwn(attributes, key.value)) : key;
    }
    if (!this.#accept('.')) return this.unexpected('":" or "."');
    const key = this.#key();
    if (!key.ok) return key;
    const negative = this.#accept('!=');
    if (!negative && !this.#accept('=')) return this.unexpected('"=" or "!="');
    const value = this.#string();
    if (!value.ok) return value;
    const equals = accepted<Filter>((attributes) => valueOf(attributes, key.value) === value.value);
    return negative ? negated(equals) : equals;
  }

  #hasPrefix(): Parsed<Filter> {
    if (!this.#accept('(')) return this.unexpected('"("');
    if (!this.#accept('attributes')) return this.unexpected('attributes');
    if (!this.#accept('.')) return this.unexpected('"."');
    const key = this.#key();
    if (!key.ok) return key;
    if (!this.#accept(',')) return this.unexpected('","');
    const prefix = this.#string();
    if (!prefix.ok) return prefix;
    if (!this.#accept(')')) return this.unexpected('")"');
    return accepted((attributes) => valueOf(attributes, key.value)?.startsWith(prefix.value) ?? false);
  }

  #key(): Parsed<string> {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.kind === 'symbol') return this.unexpected('an attribute key');
    this.#next++;
    return accepted(token.value);
  }

  #string(): Parsed<string> {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'string') return this.unexpected('a string in double quotes');
    this.#next++;
    return accepted(token.value);
  }

  /** The text of a string has its quotes, so a quoted word is never a keyword. */
  #nextIs(text: string): boolean {
    return this.#tokens[this.#next]?.text === text;
  }

  #accept(text: string): boolean {
    const held = this.#nextIs(text);
    if (held) this.#next++;
    return held;
  }
}

function negated(filter: Parsed<Filter>): Parsed<Filter> {
  return filter.ok ? accepted((attributes) => !filter.value(attributes)) : filter;
}

function valueOf(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
