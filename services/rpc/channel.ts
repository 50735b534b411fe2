import { type ChannelCredentials, type ChannelOptions, Client, connectivityState } from '@grpc/grpc-js';
import type { Address } from './address.ts';

/**
 * - Its own pool of subchannels: channels to one address would otherwise share one connection, and with it the 100 streams that
 *   Google's front end allows on each.
 * - A server that comes back is found within seconds; gRPC's own backoff goes up to two minutes.
 * - Keepalive no faster than five minutes: the front end closes connections that ping more often.
 * - No service config from DNS: what may be retried is decided here.
 */
const OPTIONS: ChannelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.service_config_disable_resolution': 1,
};

/** Largest answer taken: some thousand `queue_keys` of the longest kind. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** One connection to an address, made when first called. */
export class Channel {
  readonly client: Client;
  /** Calls that have not ended. Kept by who calls. */
  running = 0;
  #timesReady = 0;

  constructor(address: Address, credentials: ChannelCredentials, extra: ChannelOptions = {}) {
    this.client = new Client(address.target, credentials, {
      ...OPTIONS,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // A proxy from the environment is for the outside; what is spoken in plaintext is on this machine or network.
      ...(address.audience === undefined ? { 'grpc.enable_http_proxy': 0 } : {}),
      ...extra,
    });
    this.#watch();
  }

  /** Takes the measure before a call; what it returns tells after the call whether there was a connection in the meantime. */
  observe(): () => boolean {
    const before = this.#timesReady;
    const ready = this.#state() === connectivityState.READY;
    return () => ready || this.#timesReady > before;
  }

  close(): void {
    this.client.close();
  }

  #state(): connectivityState {
    return this.client.getChannel().getConnectivityState(false);
  }

  #watch(): void {
    const state = this.#state();
    if (state === connectivityState.READY) this.#timesReady++;
    if (state === connectivityState.SHUTDOWN) return;
    this.client.getChannel().watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#watch());
  }
}
