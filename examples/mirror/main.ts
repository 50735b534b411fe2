/** The reconciler process: what a user of levelset writes and deploys. */
import { serve } from 'levelset';
import { MIRROR_ENV, openFolders } from './folders.ts';
import { mirrorReconciler } from './reconciler.ts';
import { TargetTree } from './target-tree.ts';

const folders = await openFolders(process.env[MIRROR_ENV.source], process.env[MIRROR_ENV.target]);
const tree = new TargetTree(folders);
await tree.removeTemporaries();

await serve(mirrorReconciler({ folders, tree, newId: () => crypto.randomUUID() }));
