import type { QueueContext } from './context.ts';
import { formatSeconds } from './core/instant.ts';
import { inProgressName, META } from './core/layout.ts';
import { LEASE_MS } from './core/lease.ts';
import type { Lease } from './start.ts';

/** Renews a lease in the bucket. `unsure` (throttled, no answer) is no reason to stop: the next heartbeat is due long before it ends. */
export async function heartbeat(context: QueueContext, lease: Lease): Promise<'kept' | 'lost' | 'unsure'> {
  const changes = { [META.leaseExpiration]: formatSeconds(context.clock.now() + LEASE_MS) };
  const renewed = await context.store.patch(inProgressName(lease.key), changes, { generation: lease.generation });
  if (renewed.kind === 'ok') return 'kept';
  return renewed.kind === 'lost' || renewed.kind === 'missing' ? 'lost' : 'unsure';
}
