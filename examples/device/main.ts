import { serveResources } from 'levelset/resources';
import { kinds } from './kinds.ts';
import { deviceReconciler } from './reconciler.ts';

await serveResources({ kinds, reconcilers: [deviceReconciler] });
