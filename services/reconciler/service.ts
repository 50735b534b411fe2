import type { ServerOptions } from '@grpc/grpc-js';
import type { Journal } from '../../catalogue/events.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { type RpcServer, rpcServer } from '../rpc/server.ts';
import { reconcilerHandlers } from './grpc.ts';
import type { Log } from './log.ts';
import type { Reconciler } from './reconciler.ts';
import type { RunPorts } from './run.ts';
import { Running } from './running.ts';

export interface ReconcilerServicePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly log: Log;
  readonly flushed: () => Promise<void>;
  /** Takes in how each run ended, and after how many ms. */
  readonly measured?: RunPorts['measured'];
}

export interface Bind {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly grpc?: ServerOptions;
}

/** What answers and connections get to leave in after the last run: the platform kills 10 s after SIGTERM. */
const CLOSE_GRACE_MS = 2_000;

/** A reconciler behind a gRPC server, from its first call to an orderly end. */
export class ReconcilerService {
  readonly #running = new Running();
  readonly #server: RpcServer;
  readonly #journal: Journal;
  readonly #host: string;
  #closed: Promise<void> | undefined;

  constructor(reconciler: Reconciler, bind: Bind, ports: ReconcilerServicePorts) {
    const { clock, random, journal, log, flushed, measured } = ports;
    const handlers = reconcilerHandlers({
      reconciler,
      running: this.#running,
      ports: { clock, random, log, measured },
      journal,
      flushed,
    });
    this.#server = rpcServer({ handlers, ...bind, clock });
    this.#journal = journal;
    this.#host = bind.host;
  }

  /** Resolves to the real port. */
  async listen(metricsPort?: number): Promise<number> {
    const port = await this.#server.listen();
    this.#journal.write('service.listening', { host: this.#host, port, metricsPort });
    return port;
  }

  /**
   * Turns new calls away, asks running handlers to leave off, answers for those that do not, and closes. Calling it again waits
   * for the same end.
   */
  close(reason = 'closed'): Promise<void> {
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  async #close(reason: string): Promise<void> {
    this.#journal.write('service.stopping', { reason });
    this.#server.drain();
    await this.#running.stop();
    await this.#server.close(CLOSE_GRACE_MS);
    this.#journal.write('service.stopped');
  }
}
