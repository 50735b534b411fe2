import { serveResources } from 'levelset/resources';
import { kinds } from './kinds.ts';
import { reconcilers } from './reconcilers.ts';

await serveResources({ kinds, reconcilers });
