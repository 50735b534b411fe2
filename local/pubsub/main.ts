import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { startPubsubEmulator } from './server.ts';

/** Where Google's own emulator listens. */
const DEFAULT_PORT = 8085;

const text = process.env['LEVELSET_PUBSUB_PORT'] ?? String(DEFAULT_PORT);
const port = Number(text);
if (!/^\d+$/.test(text) || port > 65_535) {
  process.stderr.write(`LEVELSET_PUBSUB_PORT is not a port: ${text}\n`);
  process.exit(2);
}

const emulator = await startPubsubEmulator({ port, clock: systemClock, random: systemRandom });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close());
process.stdout.write(`${JSON.stringify({ event: 'ready', port: emulator.port })}\n`);
