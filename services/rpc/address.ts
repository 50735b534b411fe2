import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** Where a service of the protocol listens. */
export interface Address {
  /** As gRPC wants it: `dns:host:port`. */
  readonly target: string;
  /** For `https://`: who an ID token must be for. Without it the connection is neither encrypted nor authenticated. */
  readonly audience?: string;
}

const FORMS = 'https://host, http://host:port, grpc://host:port, or host:port on this machine';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Reads an address. `https://` is how Cloud Run services are addressed: TLS and an ID token for that origin. Plaintext off this
 * machine must be asked for by `http://` or `grpc://`, so that it never happens by leaving something out.
 */
export function parseAddress(text: string): Parsed<Address> {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? text : text.slice(scheme.length + '://'.length);
  const problem = (rule: string) => refused(`${rule}: address=${JSON.stringify(text)}`);
  if (scheme !== undefined && !['https', 'http', 'grpc'].includes(scheme)) return problem(`an address is ${FORMS}`);
  // All three as if they were http, whose hosts and ports URL checks and normalises.
  const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (!url?.hostname || url.username || url.password) return problem(`an address is ${FORMS}`);
  if (url.pathname !== '/' || url.search || url.hash) return problem('an address has no path and no query');
  const port = portOf(url, rest, scheme);
  if (port === undefined) return problem('an address without https:// or http:// names its port');
  if (port === 0) return problem('port 0 is nowhere to call');
  if (scheme === undefined && !LOOPBACK.test(url.hostname)) {
    return problem('an address off this machine says how: https:// (encrypted, with an ID token) or http:// (neither)');
  }
  const target = `dns:${url.hostname}:${port}`;
  if (scheme !== 'https') return accepted({ target });
  return accepted({ target, audience: `https://${url.hostname}${port === 443 ? '' : `:${port}`}` });
}

/** `URL` leaves out the port 80, whether it was written or not. */
function portOf(url: URL, rest: string, scheme: string | undefined): number | undefined {
  if (url.port !== '') return Number(url.port);
  if (/:0*80\/?$/.test(rest)) return 80;
  if (scheme === 'https') return 443;
  return scheme === 'http' ? 80 : undefined;
}
