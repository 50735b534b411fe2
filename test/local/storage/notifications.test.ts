import { expect, test } from 'vitest';
import type { NotificationMessage } from '../../../local/storage/notifications.ts';
import { runStorage } from '../../support/storage-emulator.ts';

const TOPIC = 'projects/p/topics/t';

async function watched() {
  const sent: { topic: string; attributes: Record<string, string | undefined>; data: string }[] = [];
  const publish = (topic: string, { attributes, data }: NotificationMessage) => {
    sent.push({ topic, attributes, data: data.toString() });
  };
  const running = await runStorage({ publish });
  const [bucket] = await running.storage.createBucket('watched');
  return { running, bucket, sent };
}

test('every change is published in the documented format', async () => {
  const { running, bucket, sent } = await watched();
  await using _ = running;
  await bucket.createNotification(TOPIC, { customAttributes: { team: 'x' } });
  const file = bucket.file('dir/a');
  await file.save('1', { resumable: false });
  const first = String(file.metadata.generation);
  await file.save('2', { resumable: false });
  const second = String(file.metadata.generation);
  await file.setMetadata({ metadata: { n: '1' } });
  await file.delete();

  const shared = {
    bucketId: 'watched',
    objectId: 'dir/a',
    payloadFormat: 'JSON_API_V1',
    notificationConfig: 'projects/_/buckets/watched/notificationConfigs/1',
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    team: 'x',
  };
  expect(sent.map(({ attributes }) => attributes)).toEqual([
    { ...shared, eventType: 'OBJECT_FINALIZE', objectGeneration: first },
    { ...shared, eventType: 'OBJECT_FINALIZE', objectGeneration: second, overwroteGeneration: first },
    { ...shared, eventType: 'OBJECT_DELETE', objectGeneration: first, overwrittenByGeneration: second },
    { ...shared, eventType: 'OBJECT_METADATA_UPDATE', objectGeneration: second },
    { ...shared, eventType: 'OBJECT_DELETE', objectGeneration: second },
  ]);
  expect(new Set(sent.map(({ topic }) => topic))).toEqual(new Set([TOPIC]));
  expect(JSON.parse(sent[3]?.data ?? '')).toMatchObject({
    kind: 'storage#object',
    name: 'dir/a',
    generation: second,
    metageneration: '2',
    metadata: { n: '1' },
  });
});

test('a configuration chooses events, names and payload', async () => {
  const { running, bucket, sent } = await watched();
  await using _ = running;
  await bucket.createNotification(TOPIC, {
    eventTypes: ['OBJECT_DELETE'],
    objectNamePrefix: 'dir/',
    payloadFormat: 'NONE',
  });
  for (const name of ['dir/a', 'other/a']) {
    await bucket.file(name).save('', { resumable: false });
    await bucket.file(name).delete();
  }
  expect(sent.map(({ attributes, data }) => [attributes.eventType, attributes.objectId, data])).toEqual([
    ['OBJECT_DELETE', 'dir/a', ''],
  ]);
});

test('configurations are listed, found and deleted, and no number is used twice', async () => {
  const { running, bucket, sent } = await watched();
  await using _ = running;
  const [first] = await bucket.createNotification(TOPIC);
  const [second] = await bucket.createNotification(TOPIC);
  expect((await bucket.getNotifications())[0].map(({ id }) => id)).toEqual(['1', '2']);
  expect((await first.getMetadata())[0]).toMatchObject({ topic: `//pubsub.googleapis.com/${TOPIC}` });
  await second.delete();
  await expect(second.getMetadata()).rejects.toMatchObject({ code: 404 });
  const [third] = await bucket.createNotification(TOPIC);
  expect(third.id).toBe('3');
  await first.delete();
  await third.delete();
  await bucket.file('a').save('', { resumable: false });
  expect(sent).toEqual([]);
});

test('a configuration that makes no sense is refused', async () => {
  const { running } = await watched();
  await using _ = running;
  const topic = `//pubsub.googleapis.com/${TOPIC}`;
  for (const wrong of [
    {},
    { topic: 'projects/p/topics/t' },
    { topic, event_types: ['OBJECT_EXPLODED'] },
    { topic, payload_format: 'XML' },
    { topic, custom_attributes: { a: 1 } },
  ]) {
    const init = { method: 'POST', body: JSON.stringify(wrong) };
    expect((await running.fetch('/storage/v1/b/watched/notificationConfigs', init)).status).toBe(400);
  }
});

test('a message that cannot be published is told, and the write stands', async () => {
  const told: string[] = [];
  await using running = await runStorage({
    publish: () => {
      throw new Error('no topic');
    },
    log: (message) => told.push(message),
  });
  const bucket = running.storage.bucket('bkt');
  await bucket.createNotification(TOPIC);
  await bucket.file('a').save('', { resumable: false });
  expect(await bucket.file('a').exists()).toEqual([true]);
  expect(told).toEqual([`a notification could not be published: topic=${TOPIC}`]);
});
