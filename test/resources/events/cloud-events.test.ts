import { describe, expect, test } from 'vitest';
import type { Change } from '../../../resources/change.ts';
import { withCondition } from '../../../resources/core/conditions.ts';
import { customEvent, DEFAULT_EVENT_NAMES, eventsOf } from '../../../resources/events/cloud-events.ts';
import { publishChanges } from '../../../resources/events/publisher.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { Box, Item } from '../support/kinds.ts';
import { memoryStore } from '../support/memory-store.ts';

const NOW = '2026-01-01T00:00:00.000Z';
let drawn = 0;
const stamp = { newId: () => `evt-${drawn++}`, now: NOW };
const eventsIn = (change: Change | undefined) => eventsOf(change as Change, DEFAULT_EVENT_NAMES, stamp);

async function lifeOfABox() {
  const { store, changes } = memoryStore([Box, Item]);
  const { metadata } = await store.create(Box, { name: 'first', spec: { size: 1 } });
  await store.update(Box, metadata.uid, () => ({ spec: { size: 2 } }));
  await store.update(Box, metadata.uid, () => ({ spec: { size: 3 } }), { patchType: 'json' });
  await store.updateStatus(Box, metadata.uid, (status) => ({
    ...status,
    conditions: withCondition(status.conditions, { type: 'Ready', status: 'True', reason: 'Up' }, NOW),
  }));
  await store.delete(Box, metadata.uid);
  return { changes, uid: metadata.uid };
}

describe('the events of a resource', () => {
  test('are named once, and carry what they are about', async () => {
    const { changes, uid } = await lifeOfABox();
    const events = changes.flatMap(eventsIn);
    expect(events.map(({ type }) => type)).toEqual([
      'io.fabrica.box.created',
      'io.fabrica.box.updated',
      'io.fabrica.box.patched',
      'io.fabrica.box.updated',
      'io.fabrica.condition.ready',
      'io.fabrica.box.deleted',
    ]);
    for (const event of events) {
      expect(event).toMatchObject({ specversion: '1.0', subject: `Box/${uid}`, resourcekind: 'Box', resourceuid: uid });
      expect(event.validate()).toBe(true);
    }
    expect(events[0]).toMatchObject({
      source: `fabrica-api/resources/Box/${uid}`,
      action: 'created',
      time: NOW,
      datacontenttype: 'application/json',
      data: {
        action: 'created',
        resourceKind: 'Box',
        resourceUID: uid,
        resourceName: 'first',
        resource: { spec: { size: 1 } },
      },
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('tell a status apart, and a patch', async () => {
    const { changes } = await lifeOfABox();
    const [, , patched, status] = changes.map((change) => eventsIn(change)[0]);
    expect(status).toMatchObject({ updatetype: 'status', data: { metadata: { updateType: 'status' } } });
    expect(patched).toMatchObject({ action: 'patched', data: { metadata: { patchType: 'json' } } });
    expect(patched?.['updatetype']).toBeUndefined();
  });

  test('of a condition say what it was before', async () => {
    const { changes, uid } = await lifeOfABox();
    expect(changes.flatMap(eventsIn).find(({ type }) => type.includes('condition'))).toMatchObject({
      source: `fabrica-api/resources/Box/${uid}/conditions/ready`,
      conditiontype: 'Ready',
      conditionstatus: 'True',
      data: { conditionType: 'Ready', status: 'True', previousStatus: 'Unknown', reason: 'Up', transitionTime: NOW },
    });
  });

  test('of a deletion hold no resource', async () => {
    const { changes } = await lifeOfABox();
    expect(changes.flatMap(eventsIn).at(-1)?.data).not.toHaveProperty('resource');
  });

  test("of a reconciler's own have its type, or one of the resource", async () => {
    const { changes } = await lifeOfABox();
    const { resource } = changes[0] as Change;
    const typeOf = (type: string) => customEvent(DEFAULT_EVENT_NAMES, stamp, resource, type, {}).type;
    expect(typeOf('provisioned')).toBe('io.fabrica.box.provisioned');
    expect(typeOf('io.example.device.started')).toBe('io.example.device.started');
    expect(customEvent(DEFAULT_EVENT_NAMES, stamp, resource, 'io.example.device.started', {})).toMatchObject({
      action: 'started',
    });
  });
});

test('an event that cannot be published is told of, and fails nothing', async () => {
  const { changes } = await lifeOfABox();
  const failed: string[] = [];
  const publish = publishChanges({
    publisher: { publish: () => Promise.reject(new Error('down')) },
    names: DEFAULT_EVENT_NAMES,
    clock: new ManualClock(),
    random: seededRandom(1),
    onFailure: ({ type }) => failed.push(type),
  });
  await publish(changes[0] as Change);
  expect(failed).toEqual(['io.fabrica.box.created']);
});
