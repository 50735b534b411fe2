/** What stands where a credential stood. */
export const MARK = '[redacted]';

const SECRET_NAME =
  /(?:token|secret|passwd|password|pwd|credential|authorization|cookie|api[_-]?key|private[_-]?key|access[_-]?key)s?$/i;

/** Whether a field of this name holds a credential, whatever that looks like. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Cheap to ask: most texts have nothing of the kind in them. */
const SUSPICIOUS =
  /bearer|basic|token|secret|passw|pwd|sig|credential|api|key|ya29|eyJ|-----BEGIN|AKIA|gh[opsu]_|github_pat|glpat|xox|:\/\//i;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, MARK],
  // Authorization headers; a digit or padding tells a credential from a word.
  [/\b(Bearer|Basic) +(?=[\w.~+/-]{0,4000}[\d=])[\w.~+/=-]{8,}/gi, `$1 ${MARK}`],
  // Access tokens, ID tokens and API keys of Google; keys and tokens of others that can be told by their looks.
  [/\bya29\.[\w.-]+/g, MARK],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, MARK],
  [/\bAIza[\w-]{30,}/g, MARK],
  [/\b(?:AKIA[0-9A-Z]{16}|gh[opsu]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})/g, MARK],
  // `https://user:password@host`
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]{1,200}:[^\s/@]{1,200}@/gi, `$1${MARK}@`],
  // `password=...`, `"client_secret": "..."`, `X-Goog-Signature=...`
  [
    /\b([\w-]{0,30}(?:token|secret|passwd|password|pwd|signature|credential|api[_-]?key|private[_-]?key|access[_-]?key))("?\s{0,3}[=:]\s{0,3}"?)(?!\[redacted\])[^\s"'&,;}]{3,}/gi,
    `$1$2${MARK}`,
  ],
];

/**
 * The text with whatever looks like a credential blotted out: errors quote requests and responses, and are written into logs, into
 * the bucket and onto topics. Meant for text that others wrote; it is no licence to put secrets into an error.
 */
export function redact(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return PATTERNS.reduce((redacted, [pattern, mark]) => redacted.replace(pattern, mark), text);
}
