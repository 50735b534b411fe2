import { requeueAfter } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Device } from './kinds.ts';

export const deviceReconciler = reconcilerFor(Device, {
  async reconcile({ resource, status, condition, emit, now, log }) {
    const { uid } = resource.metadata;
    const { desired } = resource.spec;
    log.info(`Reconciling device ${uid} (desired: ${desired}, current: ${status.state})`);

    if (desired === 'running' && status.state !== 'running') {
      log.info(`Starting device ${uid}`);
      status.state = 'running';
      status.lastSeen = new Date(now()).toISOString();
      condition({ type: 'Ready', status: 'True', reason: 'DeviceRunning', message: 'Device is running' });
      await emit('io.example.device.started');
    }
    if (desired === 'stopped' && status.state !== 'stopped') {
      log.info(`Stopping device ${uid}`);
      status.state = 'stopped';
      condition({ type: 'Ready', status: 'False', reason: 'DeviceStopped', message: 'Device is stopped' });
      await emit('io.example.device.stopped');
    }
    return requeueAfter('5m');
  },
});
