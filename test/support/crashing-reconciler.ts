/** A reconciler process whose keys say how it dies. Tells its port to the parent. */
import { done } from '../../services/reconciler/answer.ts';
import { serve } from '../../services/reconciler/serve.ts';
import { defineReconciler } from '../../services/reconciler/reconciler.ts';

const reconciler = defineReconciler(({ key }) => {
  if (key.startsWith('block')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  if (key.endsWith('crash')) process.kill(process.pid, 'SIGKILL');
  if (key === 'exit') process.exit(1);
  return done();
});

const { address } = await serve(reconciler, { port: 0, host: '127.0.0.1' });
process.send?.(Number(address.split(':')[1]));
