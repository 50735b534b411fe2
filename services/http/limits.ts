/** What one HTTP server takes from the outside. Whoever wants more than this is refused, and the process goes on serving others. */
export interface HttpLimits {
  /** Of one request; more is answered with 413. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are arriving, together; more is answered with 503. */
  readonly maxArrivingBytes: number;
  /** Request line and headers of one request together; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** Headers beyond this number are not looked at. */
  readonly maxHeaders: number;
  /** From the connection, or the end of the request before, to the end of the headers; later is answered with 408. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. An answer may take as long as it likes. */
  readonly requestTimeoutMs: number;
  /** How often the two are looked after. */
  readonly checkTimeoutsEveryMs: number;
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /** Open at once; more are closed as they come. */
  readonly maxConnections: number;
}

/**
 * The services' own. Events and hints carry names, not data: a push of Pub/Sub may hold 10 MB, but what is larger than 1 MiB was meant
 * for something else. 16 KiB of headers is what Node takes by default and more than Google's front ends let through in practice.
 * `keepAliveMs` is longer than front ends keep idle connections (60 s), so that it is they who close them.
 */
export const SERVICE_HTTP_LIMITS: HttpLimits = {
  maxBodyBytes: 1024 * 1024,
  maxArrivingBytes: 64 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 256,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkTimeoutsEveryMs: 1_000,
  keepAliveMs: 75_000,
  maxConnections: 4_096,
};
