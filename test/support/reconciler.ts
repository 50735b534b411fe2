import { credentials, type ServerOptions } from '@grpc/grpc-js';
import { parseKey } from '../../queue/core/key.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Call, ReconcilerCaller } from '../../services/rpc/reconciler-port.ts';
import { silentLog } from '../../services/reconciler/log.ts';
import { defineReconciler, type Handler } from '../../services/reconciler/reconciler.ts';
import { ReconcilerService } from '../../services/reconciler/service.ts';
import { grpcCaller } from '../../services/rpc/caller.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { flushed } from '../../services/runtime/flush.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import { MemoryJournal } from './memory-journal.ts';

export interface Reconciling extends AsyncDisposable {
  readonly port: number;
  readonly service: ReconcilerService;
  readonly caller: ReconcilerCaller;
  readonly journal: MemoryJournal;
}

/** A reconciler on loopback and a dispatcher's caller for it. The clock is the reconciler's: drains are timed by it. */
export async function reconciling(
  handler: Handler,
  options: { clock?: Clock; share?: number; grpc?: ServerOptions } = {},
): Promise<Reconciling> {
  const { clock = systemClock, share = 10, grpc } = options;
  const journal = new MemoryJournal();
  const ports = { clock, random: seededRandom(1), journal, log: silentLog, flushed };
  const bind = { host: '127.0.0.1', port: 0, ...(grpc && { grpc }) };
  const service = new ReconcilerService(defineReconciler(handler), bind, ports);
  const port = await service.listen();
  const caller = callerTo(port, share);
  return {
    port,
    service,
    caller,
    journal,
    async [Symbol.asyncDispose]() {
      caller.close();
      await service.close();
    },
  };
}

/** A dispatcher's caller for whatever listens on a port of this machine. */
export function callerTo(port: number, share = 10): ReconcilerCaller {
  const address = { target: `dns:127.0.0.1:${port}` };
  return grpcCaller({ address, credentials: credentials.createInsecure(), share, clock: systemClock });
}

/** A call with what a test does not care about filled in. */
export function callOf(key: string, rest: Partial<Omit<Call, 'key'>> = {}): Call {
  const parsed = parseKey(key);
  if (!parsed.ok) throw new Error(parsed.problem);
  const signal = new AbortController().signal;
  return { key: parsed.value, priority: 0, attempt: 1, fence: 1, queue: 'test', signal, deadlineMs: 20_000, ...rest };
}
