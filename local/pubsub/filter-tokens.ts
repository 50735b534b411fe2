import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

export interface FilterToken {
  readonly kind: 'word' | 'string' | 'symbol';
  /** As written. */
  readonly text: string;
  /** What it stands for: a string without its quotes and escapes. */
  readonly value: string;
  /** Offset in the filter, in UTF-16 units. */
  readonly at: number;
}

/**
 * Words are letters, digits, hyphens and underscores; every other key must be quoted. A hyphen at the beginning of a word is part of a
 * key behind `.` or `:`, and a minus elsewhere.
 */
const TOKEN = /\s*(?:(?<word>\w[\w-]*|(?<=[.:]\s*)[\w-]+)|(?<symbol>!=|[=:.,()-])|(?<string>"(?:[^"\\]|\\.)*"))\s*/suy;

const ESCAPE = /\\(?:u(?<unicode>[0-9a-fA-F]{4})|x(?<hex>[0-9a-fA-F]{2})|(?<octal>[0-7]{3})|(?<plain>.))/gsu;

const PLAIN_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  "'": "'",
  '?': '?',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export function tokenize(text: string): Parsed<readonly FilterToken[]> {
  const tokens: FilterToken[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return refused(`filter is invalid: cannot be read at ${at}`);
    const { word, symbol, string } = match.groups ?? {};
    if (word !== undefined) tokens.push({ kind: 'word', text: word, value: word, at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, value: symbol, at });
    else if (string !== undefined) {
      const value = unescape(string.slice(1, -1));
      if (value === undefined) return refused(`filter is invalid: unknown escape sequence in the string at ${at}`);
      tokens.push({ kind: 'string', text: string, value, at });
    }
    at = TOKEN.lastIndex;
  }
  return accepted(tokens);
}

/** Undefined if a sequence is not one of the documented ones: \\ \" control characters, Unicode, hexadecimal, octal. */
function unescape(literal: string): string | undefined {
  let value = '';
  let at = 0;
  for (const match of literal.matchAll(ESCAPE)) {
    const { unicode, hex, octal, plain } = match.groups ?? {};
    const code = unicode ?? hex;
    const stands =
      code !== undefined
        ? String.fromCharCode(Number.parseInt(code, 16))
        : octal !== undefined
          ? String.fromCharCode(Number.parseInt(octal, 8))
          : PLAIN_ESCAPES[plain ?? ''];
    if (stands === undefined) return undefined;
    value += literal.slice(at, match.index) + stands;
    at = match.index + match[0].length;
  }
  return value + literal.slice(at);
}
