import { expect, test } from 'vitest';
import { TestResources } from 'levelset/resources/testing';
import { Device, kinds } from '../../../examples/device/kinds.ts';
import { deviceReconciler } from '../../../examples/device/reconciler.ts';

test('a device is started, stopped, and looked at every five minutes', async () => {
  await using room = new TestResources({ kinds, reconcilers: [deviceReconciler] });
  const { metadata } = await room.store.create(Device, {
    name: 'dev-123',
    spec: { desired: 'running', config: 'default' },
  });
  const status = async () => (await room.store.get(Device, metadata.uid)).status;

  expect(await status()).toMatchObject({
    state: 'running',
    conditions: [{ type: 'Ready', status: 'True', reason: 'DeviceRunning', message: 'Device is running' }],
  });
  await room.queue.advance('15m');
  const runs = room.queue.runs.map(({ startedMs }) => startedMs);
  expect(runs.slice(1).map((start, at) => start - (runs[at] ?? 0))).toEqual([300_000, 300_000, 300_000]);

  await room.store.update(Device, metadata.uid, ({ spec }) => ({ spec: { ...spec, desired: 'stopped' as const } }));
  expect(await status()).toMatchObject({
    state: 'stopped',
    conditions: [{ status: 'False', reason: 'DeviceStopped' }],
  });
  const own = room.events.map(({ type }) => type).filter((type) => type.startsWith('io.example'));
  expect(own).toEqual(['io.example.device.started', 'io.example.device.stopped']);
});
