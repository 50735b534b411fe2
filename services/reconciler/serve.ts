import { METRICS } from '../../catalogue/metrics.ts';
import { metricsServer } from '../http/metrics-server.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import { cloudLogging } from '../runtime/cloud-logging.ts';
import { type Environment, readConfig } from '../runtime/config.ts';
import { flushed } from '../runtime/flush.ts';
import { logFormat, openLog } from '../runtime/log.ts';
import { onStop } from '../runtime/signals.ts';
import { openTelemetry } from '../runtime/telemetry.ts';
import { reconcilerConfig } from './config.ts';
import type { Reconciler } from './reconciler.ts';
import type { RunPorts } from './run.ts';
import { ReconcilerService } from './service.ts';

export interface ServeOptions {
  /** Default: `PORT`, or 8080. 0 = any free one. */
  readonly port?: number;
  /** Default: `LEVELSET_HOST`, or all interfaces on Cloud Run and 127.0.0.1 elsewhere. */
  readonly host?: string;
  /** Default: the environment of the process. */
  readonly env?: Environment;
  /** Whether SIGTERM and SIGINT drain and then end the process. Default: true. */
  readonly signals?: boolean;
  /** What of yours is to be closed once the last run has been answered. */
  readonly onStopped?: () => Promise<void> | void;
}

export interface ServedReconciler {
  /** `host:port` as bound. */
  readonly address: string;
  /** Drains: asks running handlers to stop, answers for those that do not within 3 s, and closes. */
  close(): Promise<void>;
}

/**
 * Serves a reconciler: the composition root of a reconciler's process. Logs as Cloud Logging reads it on Cloud Run, and tells
 * metrics where OpenTelemetry's variables ask for them. Throws where the port cannot be had.
 */
export async function serve(reconciler: Reconciler, options: ServeOptions = {}): Promise<ServedReconciler> {
  const env = options.env ?? process.env;
  const config = readConfig(reconcilerConfig, env);
  const { queue, region, metricsPort } = config;
  const bind = { host: options.host ?? config.host, port: options.port ?? config.port };
  const [clock, random] = [systemClock, systemRandom];
  const about = region === undefined ? { queue } : { queue, region };
  const telemetry = await openTelemetry({ service: 'reconciler', ...about, env, clock, random });
  const { instruments, page } = telemetry;
  const log = openLog({ service: 'reconciler', format: logFormat(env), cloud: cloudLogging(env) });
  const measured: RunPorts['measured'] =
    instruments && ((outcome, ms) => instruments.record(METRICS.handlerLatency, ms / 1000, { outcome }));
  const service = new ReconcilerService(reconciler, bind, { clock, random, journal: log, log, flushed, measured });
  const metrics =
    page && metricsPort !== undefined ? metricsServer({ page, host: bind.host, port: metricsPort }) : undefined;

  const close = async (reason?: string) => {
    await service.close(reason);
    await options.onStopped?.();
    await metrics?.close();
    await telemetry[Symbol.asyncDispose]();
  };
  if (options.signals ?? true) onStop(close);
  const port = await service.listen(await metrics?.listen());
  return { address: `${bind.host}:${port}`, close: () => close() };
}
