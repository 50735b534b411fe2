import { expect, test } from 'vitest';
import { receiverConfig } from '../../../services/receiver/config.ts';
import { reconcilerConfig } from '../../../services/reconciler/config.ts';
import { parseConfig } from '../../../services/runtime/config.ts';

const GOOD = {
  LEVELSET_QUEUE: 'q',
  LEVELSET_BUCKET: 'b',
  LEVELSET_PROJECT: 'p',
  LEVELSET_TOPIC: 't',
  LEVELSET_REGIONS: 'north,south',
};

test('a receiver needs only what has no default', () => {
  const config = parseConfig(receiverConfig, { ...GOOD, LEVELSET_HOST: '', HOME: '/root' });
  expect(config).toEqual({
    ok: true,
    value: {
      queue: 'q',
      bucket: 'b',
      project: 'p',
      topic: 't',
      regions: ['north', 'south'],
      host: '127.0.0.1',
      port: 8080,
    },
  });
  expect(config.ok && Object.isFrozen(config.value)).toBe(true);
});

test('all problems are told at once, by name and without values', () => {
  const env = { ...GOOD, LEVELSET_BUCKET: '', LEVELSET_REGIONS: 'a,a', PORT: 'secret' };
  expect(parseConfig(receiverConfig, env)).toEqual({
    ok: false,
    problem: [
      'LEVELSET_BUCKET: is not set',
      'LEVELSET_REGIONS: names something twice',
      'PORT: must be a whole number from 0 to 65535',
    ].join('\n'),
  });
});

test('on Cloud Run a service binds to all interfaces', () => {
  expect(parseConfig(reconcilerConfig, { K_SERVICE: 'r', PORT: '9000' })).toEqual({
    ok: true,
    value: { host: '0.0.0.0', port: 9000, queue: 'none' },
  });
});
