import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../../catalogue/metrics.ts';
import { systemRandom } from '../../../services/runtime/clock.ts';
import { openTelemetry } from '../../../services/runtime/telemetry.ts';
import { noTracing } from '../../../services/telemetry/tracing.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';

const open = (env: Record<string, string>, clock = new ManualClock()) =>
  openTelemetry({ service: 'dispatcher', queue: 'q', region: 'r', env, clock, random: systemRandom });

/** A collector that takes OTLP as JSON, as OpenTelemetry's exporters send it. */
async function collector() {
  const taken: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      taken.push({ path: request.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, taken, close: () => server.close() };
}

describe('telemetry', () => {
  test('is off unless it is asked for', async () => {
    const refusals: Record<string, string>[] = [
      { OTEL_METRICS_EXPORTER: 'none' },
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_TRACES_EXPORTER: 'none',
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    ];
    for (const env of [{}, ...refusals]) {
      expect(await open(env)).toMatchObject({ tracing: noTracing });
      expect(await open(env)).not.toHaveProperty('instruments');
    }
  });

  test('is pushed when it is flushed, and no more often than backends take', async () => {
    const { url, taken, close } = await collector();
    const clock = new ManualClock();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: url, K_SERVICE: 'svc', K_REVISION: 'svc-7' }, clock);
    telemetry.instruments?.count(METRICS.passes, { result: 'ok' });
    telemetry.tracing.enqueue({ key: 'k', traceparent: undefined }).end({ event: 'key.queued' });
    await telemetry.flush?.();
    expect(taken.map(({ path }) => path).toSorted()).toEqual(['/v1/metrics', '/v1/traces']);
    const metrics = taken.find(({ path }) => path === '/v1/metrics')?.body;
    expect(metrics).toContain('workqueue_passes_total');
    expect(metrics).toContain('svc-7');
    expect(taken.find(({ path }) => path === '/v1/traces')?.body).toContain('levelset enqueue');

    await telemetry.flush?.();
    expect(taken.length).toBe(2);
    await clock.advance(10_000);
    await telemetry.flush?.();
    expect(taken.length).toBe(3);
    await telemetry[Symbol.asyncDispose]();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    close();
  });

  test('that cannot be sent is no reason to fail', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:1';
    const telemetry = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    await telemetry.flush?.();
    await telemetry[Symbol.asyncDispose]();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  });
});
