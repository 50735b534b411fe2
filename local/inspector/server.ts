import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { boundedServer } from '../../services/http/bounded-server.ts';
import { SERVICE_HTTP_LIMITS } from '../../services/http/limits.ts';
import { LOOPBACK } from '../ports.ts';
import type { Address } from '../screen.ts';
import type { Recent } from './recent.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

export interface InspectorOptions {
  readonly port: number;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly recent: Recent;
  readonly addresses: readonly Address[];
}

/** Several open pages share one look at the bucket. */
const SNAPSHOT_LIVES_MS = 1_000;

/** A page only ever talks to its own origin, and is in nobody's frame. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Serves the page and what it shows. For development: production is watched on dashboards. */
export async function startInspector(options: InspectorOptions): Promise<AsyncDisposable> {
  const page = readFileSync(new URL('page.html', import.meta.url));
  const state = stateReader(options);
  const server = boundedServer(SERVICE_HTTP_LIMITS, (request, response) => {
    // A name that resolves to this machine must not let a strange page read the queue.
    if (
      request.headers.host !== `${LOOPBACK}:${options.port}` &&
      request.headers.host !== `localhost:${options.port}`
    ) {
      return answer(response, 403, 'text/plain', 'use the address that npm start printed\n');
    }
    if (request.method !== 'GET') return answer(response, 405, 'text/plain', 'only GET\n');
    if (request.url === '/') return answer(response, 200, 'text/html; charset=utf-8', page);
    if (request.url !== '/state.json') return answer(response, 404, 'text/plain', 'no such page\n');
    void state().then((body) => answer(response, 200, 'application/json', JSON.stringify(body)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, LOOPBACK, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

/** The state as the page gets it; while the bucket cannot be read, the last one and why. */
function stateReader({ store, clock, recent, addresses }: InspectorOptions): () => Promise<unknown> {
  let last: Snapshot | undefined;
  let problem: string | undefined;
  let takenMs = Number.NEGATIVE_INFINITY;
  let taking: Promise<void> | undefined;
  const take = async () => {
    try {
      last = await takeSnapshot(store, clock.now());
      problem = undefined;
    } catch (error) {
      problem = String(error);
    }
    takenMs = clock.monotonic();
    taking = undefined;
  };
  return async () => {
    if (clock.monotonic() - takenMs > SNAPSHOT_LIVES_MS) await (taking ??= take());
    return { nowMs: clock.now(), addresses, problem, snapshot: last, recent: recent.newest() };
  };
}
