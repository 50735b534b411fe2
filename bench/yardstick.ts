import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Pool } from 'undici';
import { endsWithUs } from './children.ts';

/** A GET by bare undici on the machine on which the budgets were set: 51,000 a second, 18 µs of CPU each. */
export const REFERENCE_MICROS = 18;

const AT_ONCE = 64;
const WARM_UP = 60_000;
const GETS = 60_000;

/**
 * How fast this machine is just now: CPU of one GET by bare undici, in microseconds, at as many a second as one process can send. A
 * machine that is shared may take twice as long an hour later, and so may all that is measured on it.
 */
export async function yardstick(): Promise<number> {
  const server = endsWithUs(fork(resolve(import.meta.dirname, 'yardstick-server.ts'), { execArgv: [] }));
  const [port] = (await once(server, 'message')) as [number];
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: AT_ONCE, pipelining: 1 });
  try {
    await gets(pool, WARM_UP);
    const before = process.cpuUsage();
    await gets(pool, GETS);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / GETS;
  } finally {
    await pool.destroy();
    server.disconnect();
  }
}

async function gets(pool: Pool, count: number): Promise<void> {
  let left = count;
  const loop = async () => {
    while (left-- > 0) {
      const { body } = await pool.request({ method: 'GET', path: `/storage/v1/b/bench/o/queued%2Fkey${left % 100}` });
      await body.text();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
}
