import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { METRICS } from '../../../catalogue/metrics.ts';
import type { Key } from '../../../queue/core/key.ts';
import { grpcCaller } from '../../../services/rpc/caller.ts';
import { credentialsFor } from '../../../services/rpc/credentials.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { parsePage } from '../../support/prometheus-page.ts';

const FILE = fileURLToPath(new URL('../../support/telling-reconciler.ts', import.meta.url));
const TRACE = '0af7651916cd43dd8448eb211c80319c';

/** A process of `serve`, its log, and a way to call it. */
async function serving(env: Record<string, string>) {
  const child = fork(FILE, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
  output.on('line', (line) => lines.push(line));
  const [port] = (await once(child, 'message')) as [number];
  const address = { target: `127.0.0.1:${port}` };
  const caller = grpcCaller({ address, credentials: credentialsFor(address), share: 1, clock: systemClock });
  onTestFinished(() => caller.close());
  const call = (key: string) =>
    caller.process({
      ...{
        key: key as Key,
        priority: 0,
        attempt: 3,
        fence: 1,
        queue: 'q',
        traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
      },
      ...{ signal: new AbortController().signal, deadlineMs: 60_000 },
    });
  const ended = async () => {
    child.kill('SIGTERM');
    await Promise.all([once(child, 'exit'), once(output, 'close')]);
    return lines;
  };
  return { call, lines, ended };
}

test('on Cloud Run a reconciler logs as Cloud Logging reads it: severity, trace, labels, and no secret', async () => {
  const run = await serving({ K_SERVICE: 'rec', K_REVISION: 'rec-7', LEVELSET_PROJECT: 'acme', LEVELSET_QUEUE: 'q' });
  await run.call('good');
  await run.call('bad');
  const records = (await run.ended()).map((line) => JSON.parse(line) as Record<string, unknown>);
  const [hello, failed] = [records.find(({ message }) => message === 'hello'), records.find(({ error }) => error)];
  expect(hello).toMatchObject({
    severity: 'INFO',
    key: 'good',
    attempt: 3,
    'logging.googleapis.com/labels': { queue: 'q' },
    'logging.googleapis.com/trace': `projects/acme/traces/${TRACE}`,
    'logging.googleapis.com/trace_sampled': true,
  });
  expect(failed).toMatchObject({
    severity: 'ERROR',
    serviceContext: { service: 'rec', version: 'rec-7' },
    stack_trace: expect.stringContaining('Error: boom'),
  });
  expect(JSON.stringify(records)).not.toContain('abc.DEF');
});

test('a reconciler serves its metrics where it is asked to, with a count of runs by their answers', async () => {
  const run = await serving({ OTEL_METRICS_EXPORTER: 'prometheus', LEVELSET_METRICS_PORT: '0', LEVELSET_LOG: 'json' });
  await run.call('good');
  await run.call('bad');
  const { metricsPort } = JSON.parse(run.lines[0] ?? '') as { metricsPort: number };
  const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const counts = parsePage(page).filter(({ name }) => name === `${METRICS.handlerLatency.name}_count`);
  const by = Object.fromEntries(counts.map(({ labels, value }) => [labels['outcome'], value]));
  expect(by).toMatchObject({ done: 1, failed: 1 });
  expect(counts[0]?.labels).toMatchObject({ service_name: 'reconciler', queue_name: 'none' });
});

test('a reconciler that nobody asks for metrics serves none', async () => {
  const run = await serving({ LEVELSET_METRICS_PORT: '0', LEVELSET_LOG: 'json' });
  expect(JSON.parse(run.lines[0] ?? '')).not.toHaveProperty('metricsPort');
});
