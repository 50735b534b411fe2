import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

export interface Part {
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const MAX_PARTS = 8;

/**
 * Takes a `multipart/related` body apart (RFC 2046 §5.1). Some clients end lines with a bare LF; which one it is is read off the
 * first boundary, since the data of the last part may end with a CR of its own.
 */
export function parseMultipart(body: Buffer, contentType: string | undefined): Parsed<readonly Part[]> {
  const boundary = /^multipart\/related\s*;.*?\bboundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/is.exec(contentType ?? '');
  // Single quotes are no quotes by the standard, but gcloud sends them.
  const name = boundary?.[1] ?? boundary?.[2] ?? boundary?.[3];
  if (name === undefined) return refused('Content-Type must be multipart/related with a boundary');

  const dashes = Buffer.from(`--${name}`);
  let at = startOfLine(body, dashes);
  const lineEnd = body.indexOf('\n', at);
  if (at < 0 || lineEnd < 0) return refused('Multipart body has no boundary');
  const newline = body[lineEnd - 1] === 0x0d ? '\r\n' : '\n';
  const delimiter = Buffer.concat([Buffer.from(newline), dashes]);

  const parts: Part[] = [];
  at = lineEnd + 1;
  while (parts.length < MAX_PARTS) {
    // The line break of an empty part is the one that ends its headers.
    const end = body.indexOf(delimiter, at - newline.length);
    if (end < 0) return refused('Multipart body ends without its closing boundary');
    const part = parsePart(body.subarray(at, Math.max(at, end)), newline);
    if (!part.ok) return part;
    parts.push(part.value);
    const after = end + delimiter.length;
    if (body.toString('latin1', after, after + 2) === '--') return accepted(parts);
    const next = body.indexOf('\n', after);
    if (next < 0) return refused('Multipart body ends without its closing boundary');
    at = next + 1;
  }
  return refused('Multipart body has too many parts');
}

/** Headers, an empty line, data. */
function parsePart(part: Buffer, newline: string): Parsed<Part> {
  const empty = Buffer.from(newline + newline);
  // A part without headers begins with the empty line.
  const headless = part.indexOf(newline) === 0;
  const end = headless ? 0 : part.indexOf(empty);
  if (end < 0) return refused('Multipart body has a part without an empty line after its headers');
  const headers = part.toString('latin1', 0, end);
  const contentType = /^content-type:[ \t]*(.*?)[ \t]*$/im.exec(headers)?.[1];
  return accepted({ contentType, body: part.subarray(end + (headless ? newline.length : empty.length)) });
}

/** Where `dashes` first stands at the beginning of a line; what comes before it is a preamble. */
function startOfLine(body: Buffer, dashes: Buffer): number {
  let at = body.indexOf(dashes);
  while (at > 0 && body[at - 1] !== 0x0a) at = body.indexOf(dashes, at + 1);
  return at;
}
