import { serve, type ServedReconciler, type ServeOptions } from '../services/reconciler/serve.ts';
import { cloudLogging } from '../services/runtime/cloud-logging.ts';
import { logFormat, openLog } from '../services/runtime/log.ts';
import type { Kind } from './core/kind.ts';
import type { EventNames } from './events/cloud-events.ts';
import { openResources } from './open.ts';
import type { KindReconciler } from './reconcile/definition.ts';
import { resourceReconciler, type ResourceReconcilerOptions } from './reconcile/router.ts';

export interface ServeResourcesOptions
  extends Omit<ServeOptions, 'onStopped'>, Pick<ResourceReconcilerOptions, 'errors' | 'progressDeadlineMs'> {
  readonly kinds: readonly Kind[];
  readonly reconcilers: readonly KindReconciler[];
  readonly eventNames?: EventNames;
}

/** Serves the reconcilers of many kinds: the composition root of their process. */
export async function serveResources(options: ServeResourcesOptions): Promise<ServedReconciler> {
  const { env = process.env } = options;
  const journal = openLog({ service: 'reconciler', format: logFormat(env), cloud: cloudLogging(env) });
  const opened = openResources({ ...options, journal });
  const reconciler = resourceReconciler({ ...options, ...opened });
  return serve(reconciler, { ...options, onStopped: async () => opened[Symbol.asyncDispose]() });
}
