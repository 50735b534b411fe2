import { serve } from 'levelset';
import { hello } from './reconciler.ts';

await serve(hello);
