/** A reconciler process that says a word about each key, and fails some. Tells its port to the parent. */
import { done } from '../../services/reconciler/answer.ts';
import { defineReconciler } from '../../services/reconciler/reconciler.ts';
import { serve } from '../../services/reconciler/serve.ts';

const reconciler = defineReconciler(({ key, log }) => {
  log.info('hello', { header: 'Bearer abc.DEF-123_456' });
  if (key === 'bad') throw new Error('boom');
  return done();
});

const { address } = await serve(reconciler, { port: 0, host: '127.0.0.1' });
process.send?.(Number(address.split(':')[1]));
