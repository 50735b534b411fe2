/** Largest body of a request, and so the largest object of one upload. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Largest object of a resumable upload. */
export const MAX_OBJECT_BYTES = 128 * 1024 * 1024;
/** Bodies that are arriving, all together. */
export const MAX_ARRIVING_BYTES = 512 * 1024 * 1024;
export const MAX_CONNECTIONS = 4096;
export const MAX_HEADER_BYTES = 32 * 1024;
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than clients keep idle connections, so that it is they who close them. */
export const KEEP_ALIVE_MS = 75_000;
