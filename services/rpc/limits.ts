/** What one gRPC server takes from the outside. Headers are bounded by Node: 128 of them and 64 KiB for each call. */
export interface RpcLimits {
  /** Of one request; more is answered with RESOURCE_EXHAUSTED. */
  readonly maxRequestBytes: number;
  /** Calls open at once on one connection; a client keeps further ones back until others have ended. */
  readonly maxCallsPerConnection: number;
  /** Open at once; more are closed as they come. */
  readonly maxConnections: number;
  /** A connection that has had no call for so long is closed in good order; clients connect again with their next call. */
  readonly idleConnectionMs: number;
}

/**
 * A request is a key of at most 1000 bytes and two numbers: what is far larger is not worth a sentence about it. Google's front end
 * opens up to 100 streams on a connection, and a dispatcher of ours 80; its idle connections live for 10 minutes.
 */
export const RPC_LIMITS: RpcLimits = {
  maxRequestBytes: 64 * 1024,
  maxCallsPerConnection: 256,
  maxConnections: 1_024,
  idleConnectionMs: 15 * 60_000,
};
