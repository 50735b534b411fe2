import { defineReconciler, done, enqueue, reject, requeueAfter } from 'levelset';

export const hello = defineReconciler(async ({ key, attempt, log }) => {
  if (key.includes('nobody')) return reject('there is nobody to greet');
  if (key.includes('flaky') && attempt < 3) throw new Error(`attempt ${attempt} went wrong`);

  log.info(`hello, ${key}`);

  if (key === 'everyone') return enqueue(['alice', 'bob']);
  return key.includes('daily') ? requeueAfter('24h') : done();
});
