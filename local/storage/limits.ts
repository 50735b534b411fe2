import type { HttpLimits } from '../../services/http/limits.ts';

/** Largest object of a resumable upload. */
export const MAX_OBJECT_BYTES = 128 * 1024 * 1024;

/** Of the emulator's HTTP server. The largest body is also the largest object of one upload; the real store takes 5 TiB. */
export const HTTP_LIMITS: HttpLimits = {
  maxBodyBytes: 64 * 1024 * 1024,
  maxArrivingBytes: 512 * 1024 * 1024,
  maxHeaderBytes: 32 * 1024,
  maxHeaders: 256,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  checkTimeoutsEveryMs: 1_000,
  // Longer than clients keep idle connections, so that it is they who close them.
  keepAliveMs: 75_000,
  maxConnections: 4_096,
};
