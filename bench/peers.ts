import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Bench } from './bench.ts';

interface Peer {
  readonly name: string;
  /** Not among our dependencies: whoever wants the comparison installs it. */
  readonly package: string;
  readonly server: string;
}

const PEERS: readonly Peer[] = [
  { name: 'BullMQ on Redis', package: 'bullmq', server: 'redis-server' },
  { name: 'graphile-worker on Postgres', package: 'graphile-worker', server: 'postgres' },
  { name: 'pg-boss on Postgres', package: 'pg-boss', server: 'postgres' },
];

/** What users would otherwise pick. They need a server that is always on; which of them could be measured here is told. */
export const peers: Bench = {
  summary: 'which of BullMQ, graphile-worker and pg-boss could be measured here, and what is missing of the others',

  async run(_options, show) {
    const rows = PEERS.map((peer) => {
      const missing = [
        ...(isInstalled(peer.package) ? [] : [peer.package]),
        ...(isThere(peer.server) ? [] : [peer.server]),
      ];
      return [
        peer.name,
        missing.length > 0
          ? `skipped: not installed: ${missing.join(', ')}`
          : 'installed, but there is no driver for it yet',
      ];
    });
    show({ title: 'peers', columns: [{ name: 'peer' }, { name: 'result' }], rows });
  },
};

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
