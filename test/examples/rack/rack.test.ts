import { describe, expect, test } from 'vitest';
import { Blade, BMC, Chassis, Node, Rack, RackTemplate } from '../../../examples/rack/kinds.ts';
import { CHILDREN, RackRoom } from './support.ts';

const RACK = 'rack-00000001';

async function built(chassis: number, blades: number, nodes: number, mode: 'shared' | 'dedicated') {
  const room = new RackRoom();
  const template = await room.template(chassis, blades, nodes, mode);
  await room.rack(template.metadata.uid);
  await room.queue.advance('1m');
  return { room, template: template.metadata.uid, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
}

describe('a rack', () => {
  test.for([
    ['shared', [2, 4, 2], { Chassis: 2, Blade: 8, Node: 16, BMC: 8 }],
    ['dedicated', [1, 2, 4], { Chassis: 1, Blade: 2, Node: 8, BMC: 8 }],
  ] as const)('of the documented %s template gets what it is to have', async ([mode, [c, b, n], counts]) => {
    await using world = await built(c, b, n, mode);
    const { room } = world;
    expect(await room.counts()).toEqual(counts);
    const { status, spec } = await room.store.get(Rack, RACK);
    expect(spec.location).toBe('datacenter-1');
    expect(status).toMatchObject({
      phase: 'Ready',
      totalChassis: counts.Chassis,
      totalBlades: counts.Blade,
      totalNodes: counts.Node,
      totalBMCs: counts.BMC,
      observedGeneration: 1,
      observedTemplateGeneration: 1,
    });
    expect(status.chassisUIDs).toHaveLength(c);
    expect(status.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'Provisioned', observedGeneration: 1 },
    ]);
    expect(room.queue.deadLetters()).toEqual([]);
  });

  test('links its children both ways, names and numbers them', async () => {
    await using world = await built(2, 2, 2, 'dedicated');
    const { store } = world.room;
    const rack = await store.get(Rack, RACK);
    for (const [i, uid] of rack.status.chassisUIDs.entries()) {
      const chassis = await store.get(Chassis, uid);
      expect(chassis).toMatchObject({
        metadata: {
          name: `rack-01-chassis-${i}`,
          labels: { rack: RACK },
          ownerReferences: [{ kind: 'Rack', uid: RACK }],
        },
        spec: { rackUID: RACK, chassisNumber: i },
        status: { powerState: 'Unknown', health: 'Unknown' },
      });
      for (const [j, bladeUid] of chassis.status.bladeUIDs.entries()) {
        const blade = await store.get(Blade, bladeUid);
        expect(blade).toMatchObject({
          metadata: { name: `chassis-${uid}-blade-${j}` },
          spec: { chassisUID: uid, bladeNumber: j },
        });
        for (const [k, nodeUid] of blade.status.nodeUIDs.entries()) {
          const node = await store.get(Node, nodeUid);
          const bmcUID = blade.status.bmcUIDs[k] ?? '';
          expect(node).toMatchObject({
            metadata: { name: `node-${bladeUid}-${k}` },
            spec: { bladeUID: bladeUid, nodeNumber: k, bmcUID },
            status: { powerState: 'Unknown', bootState: 'Unknown', health: 'Unknown' },
          });
          expect(await store.get(BMC, bmcUID)).toMatchObject({
            metadata: { name: `bmc-${bmcUID}` },
            spec: { bladeUID: bladeUid },
            status: { reachable: false, health: 'Unknown', managedNodeUIDs: [nodeUid] },
          });
        }
      }
    }
    expect((await store.get(RackTemplate, world.template)).status.usageCount).toBe(1);
  });

  test('goes from Pending over Provisioning to Ready, and tells of it once', async () => {
    await using room = new RackRoom();
    const template = await room.template(1, 1, 1, 'shared');
    const rack = await room.rack(template.metadata.uid);
    expect(rack.status.phase).toBe('Pending');
    await room.queue.advance('2m');
    const phases = room.events
      .filter(({ type }) => type === 'io.fabrica.rack.updated')
      .map(({ data }) => (data as { resource: { status: { phase: string } } }).resource.status.phase);
    expect(phases.filter((phase, at) => phase !== phases[at - 1])).toEqual(['Pending', 'Provisioning', 'Ready']);
    expect(room.events.filter(({ type }) => type === 'io.fabrica.rack.provisioned')).toHaveLength(1);
  });

  test('is written twice in its first run: its finalizer before anything is made, what was seen after all is', async () => {
    const writes: { readonly run: number; readonly name: string; readonly body: object }[] = [];
    let run = 0;
    await using room = new RackRoom({
      concurrency: 1,
      onRun: () => run++,
      wrap: (documents) => ({
        ...documents,
        put: (name, content, generation) => {
          writes.push({ run, name, body: content.body as object });
          return documents.put(name, content, generation);
        },
      }),
    });
    const template = await room.template(3, 1, 1, 'shared');
    await room.rack(template.metadata.uid);
    await room.queue.advance('1m');
    const at = room.queue.runs.findIndex(({ key }) => key === `Rack/${RACK}`) + 1;
    const first = writes.filter((write) => write.run === at);
    const itself = `resources/Rack/${RACK}.json`;
    expect(first.flatMap(({ name }, index) => (name === itself ? [index] : []))).toEqual([0, first.length - 1]);
    expect(first.filter(({ name }) => name.startsWith('resources/Chassis/'))).toHaveLength(3);
    expect(first[0]?.body).toMatchObject({
      metadata: { finalizers: ['levelset/cleanup'] },
      status: { phase: 'Pending' },
    });
    expect(first.at(-1)?.body).toMatchObject({ status: { phase: 'Provisioning', chassisUIDs: { length: 3 } } });
  });

  test('run again and again makes the same and writes nothing', async () => {
    await using world = await built(2, 2, 2, 'shared');
    const { room } = world;
    const before = [...room.bucket.objects()].map(({ name, generation }) => `${name} ${generation}`).sort();
    const runs = room.queue.runs.length;
    await room.queue.advance('3h');
    expect(room.queue.runs.length).toBeGreaterThan(runs + 100);
    expect([...room.bucket.objects()].map(({ name, generation }) => `${name} ${generation}`).sort()).toEqual(before);
  });

  test('settles: what it does makes nobody look again before it is time', async () => {
    await using world = await built(2, 2, 2, 'shared');
    const { room } = world;
    const runs = room.queue.runs.length;
    await room.queue.advance('8m');
    expect(room.queue.runs.length).toBe(runs);
  });

  test.for(CHILDREN)('gets back a $name that was deleted, with all below it, under the same UID', async (kind) => {
    await using world = await built(2, 2, 2, 'shared');
    const { room } = world;
    const before = room.children();
    const [victim] = (await room.store.list(kind)).items;
    await room.store.delete(kind, victim?.metadata.uid ?? '');
    await room.queue.advance('2m');
    expect(room.children()).toEqual(before);
    expect((await room.store.get(Rack, RACK)).status).toMatchObject({ phase: 'Ready', totalNodes: 8 });
    if (kind === Chassis) {
      const made = await room.store.get(Chassis, victim?.metadata.uid ?? '');
      expect(made.metadata.createdAt > (victim?.metadata.createdAt ?? '')).toBe(true);
    }
  });

  test("mends its part of a child's spec, and leaves the rest to others", async () => {
    await using world = await built(1, 1, 1, 'shared');
    const { room } = world;
    const [chassis] = (await room.store.list(Chassis)).items;
    const uid = chassis?.metadata.uid ?? '';
    await room.store.update(Chassis, uid, ({ spec }) => ({ spec: { ...spec, chassisNumber: 7, model: 'X1' } }));
    await room.queue.advance('11m');
    expect((await room.store.get(Chassis, uid)).spec).toMatchObject({ rackUID: RACK, chassisNumber: 0, model: 'X1' });
  });

  test('waits for a template that is not there, and says so', async () => {
    await using room = new RackRoom();
    await room.rack('rktmpl-00000000');
    await room.queue.advance('5m');
    expect((await room.store.get(Rack, RACK)).status).toMatchObject({
      phase: 'Error',
      conditions: [{ type: 'Ready', status: 'False', reason: 'TemplateNotFound', message: /rktmpl-00000000/ }],
    });
    // Waiting spends no attempts, and is not dead in the end.
    expect(new Set(room.queue.runs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    const spec = {
      chassisCount: 1,
      chassisConfig: { bladeCount: 1, bladeConfig: { nodeCount: 1, bmcMode: 'shared' as const } },
    };
    await room.store.create(RackTemplate, { name: 't', uid: 'rktmpl-00000000', spec });
    await room.queue.advance('15s');
    expect((await room.store.get(Rack, RACK)).status.phase).toBe('Ready');
  });

  test('refuses a template that is not valid, though it is there', async () => {
    await using world = await built(1, 1, 1, 'shared');
    const { room, template } = world;
    const name = `resources/RackTemplate/${template}.json`;
    const found = room.bucket.get(name);
    if (found.kind !== 'ok') throw new Error('no template');
    const body = JSON.parse(new TextDecoder().decode(found.object.data)) as { spec: { chassisCount: number } };
    body.spec.chassisCount = 4_000;
    room.bucket.insert(name, { data: new TextEncoder().encode(JSON.stringify(body)) });
    await room.queue.enqueue(`Rack/${RACK}`);
    expect((await room.store.get(Rack, RACK)).status).toMatchObject({
      phase: 'Error',
      conditions: [{ reason: 'InvalidTemplate', message: expect.stringContaining('chassisCount must be at most 42') }],
    });
    expect(await room.counts()).toEqual({ Chassis: 1, Blade: 1, Node: 1, BMC: 1 });
  });
});

describe('a template that changes', () => {
  const grown = (c: number, b: number, n: number, bmcMode: 'shared' | 'dedicated') => () => ({
    spec: { chassisCount: c, chassisConfig: { bladeCount: b, bladeConfig: { nodeCount: n, bmcMode } } },
  });

  // Trap 15: what a template has less of goes.
  test.for([
    ['more of everything', [3, 3, 3, 'shared'], { Chassis: 3, Blade: 9, Node: 27, BMC: 9 }],
    ['less of everything', [1, 1, 1, 'shared'], { Chassis: 1, Blade: 1, Node: 1, BMC: 1 }],
    ['a BMC for each node', [2, 2, 2, 'dedicated'], { Chassis: 2, Blade: 4, Node: 8, BMC: 8 }],
  ] as const)('changes its racks: %s', async ([, [c, b, n, mode], counts]) => {
    await using world = await built(2, 2, 2, 'shared');
    const { room, template } = world;
    await room.rack(template, 'rack-00000002');
    await room.queue.advance('1m');
    expect((await room.store.get(RackTemplate, template)).status.usageCount).toBe(2);
    await room.store.update(RackTemplate, template, grown(c, b, n, mode));
    await room.queue.advance('1m');
    const doubled = Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, count * 2]));
    expect(await room.counts()).toEqual(doubled);
    for (const uid of [RACK, 'rack-00000002']) {
      expect((await room.store.get(Rack, uid)).status).toMatchObject({
        phase: 'Ready',
        totalNodes: counts.Node,
        totalBMCs: counts.BMC,
        observedTemplateGeneration: 2,
      });
    }
    const nodes = (await room.store.list(Node)).items;
    const bmcs = new Set((await room.store.list(BMC)).items.map(({ metadata }) => metadata.uid));
    expect(nodes.every((node) => bmcs.has(node.spec.bmcUID ?? ''))).toBe(true);
    const managed = (await room.store.list(BMC)).items.flatMap(({ status }) => status.managedNodeUIDs);
    expect(managed.toSorted()).toEqual(nodes.map(({ metadata }) => metadata.uid).toSorted());
    expect(room.names('owners/')).toHaveLength(room.children().length);
  });

  test('prunes the highest number first', async () => {
    await using world = await built(4, 1, 1, 'shared');
    const { room, template } = world;
    const before = (await room.store.get(Rack, RACK)).status.chassisUIDs;
    const from = room.events.length;
    await room.store.update(RackTemplate, template, grown(1, 1, 1, 'shared'));
    await room.queue.advance('1m');
    const marked = room.events
      .slice(from)
      .filter(
        ({ type, data }) =>
          type === 'io.fabrica.chassis.updated' && 'deletedAt' in (data as { metadata: object }).metadata,
      )
      .map(({ resourceuid }) => resourceuid);
    expect([...new Set(marked)]).toEqual(before.slice(1).reverse());
    expect((await room.store.get(Rack, RACK)).status.chassisUIDs).toEqual(before.slice(0, 1));
  });

  test('and is left by a rack counts one less', async () => {
    await using world = await built(1, 1, 1, 'shared');
    const { room, template } = world;
    const other = await room.template(1, 1, 2, 'shared');
    await room.store.update(Rack, RACK, ({ spec }) => ({ spec: { ...spec, templateUID: other.metadata.uid } }));
    await room.queue.advance('1m');
    const usage = async (uid: string) => (await room.store.get(RackTemplate, uid)).status.usageCount;
    expect([await usage(template), await usage(other.metadata.uid)]).toEqual([0, 1]);
    expect(await room.counts()).toMatchObject({ Node: 2 });
  });

  test('and goes is missed by its racks, which keep what they have', async () => {
    await using world = await built(1, 1, 1, 'shared');
    const { room, template } = world;
    await room.store.delete(RackTemplate, template);
    await room.queue.advance('1m');
    expect(await room.store.find(RackTemplate, template)).toBeUndefined();
    expect((await room.store.get(Rack, RACK)).status).toMatchObject({ phase: 'Error', totalNodes: 1 });
    expect(await room.counts()).toMatchObject({ Node: 1 });
  });
});

describe('a rack that is deleted', () => {
  // Trap 17.
  test('takes everything below it along, children first', async () => {
    await using world = await built(2, 2, 2, 'dedicated');
    const { room, template } = world;
    expect(await room.store.delete(Rack, RACK)).toBe('deleting');
    await room.queue.advance('1m');
    expect(room.children()).toEqual([]);
    expect(room.names('owners/')).toEqual([]);
    expect(await room.store.find(Rack, RACK)).toBeUndefined();
    const gone = room.events.filter(({ type }) => type.endsWith('.deleted')).map(({ resourcekind }) => resourcekind);
    expect(gone.at(-1)).toBe('Rack');
    expect(gone.indexOf('Chassis')).toBeGreaterThan(gone.indexOf('Blade'));
    expect(gone.indexOf('Blade')).toBeGreaterThan(gone.indexOf('Node'));
    expect((await room.store.get(RackTemplate, template)).status.usageCount).toBe(0);
    await room.queue.advance('3h');
    expect(room.children()).toEqual([]);
    expect(room.queue.deadLetters()).toEqual([]);
  });

  test('while it is built leaves nothing, either', async () => {
    let blades = 0;
    let deleted: Promise<unknown> | undefined;
    await using room: RackRoom = new RackRoom({
      concurrency: 2,
      onRun: (key) => {
        if (key.startsWith('Blade/') && ++blades === 4) deleted = room.store.delete(Rack, RACK);
      },
    });
    const template = await room.template(3, 3, 3, 'shared');
    await room.rack(template.metadata.uid);
    expect(await deleted).toBe('deleting');
    await room.queue.advance('3m');
    expect(room.children()).toEqual([]);
    expect(room.names('owners/')).toEqual([]);
  });

  // Trap 12.
  test("waits for others' finalizers, and leaves them alone", async () => {
    await using world = await built(1, 1, 1, 'shared');
    const { room } = world;
    await room.store.update(Rack, RACK, ({ metadata }) => ({
      finalizers: [...(metadata.finalizers ?? []), 'example.com/books'],
    }));
    await room.store.delete(Rack, RACK);
    await room.queue.advance('30m');
    expect(room.children()).toEqual([]);
    expect((await room.store.get(Rack, RACK)).metadata.finalizers).toEqual(['example.com/books']);
    expect((await room.store.get(Rack, RACK)).status.conditions).toMatchObject([
      { status: 'False', reason: 'Deleting' },
    ]);
    await room.store.update(Rack, RACK, () => ({ finalizers: [] }));
    await room.queue.advance('1m');
    expect(await room.store.find(Rack, RACK)).toBeUndefined();
  });

  test('by force leaves orphans, which go when they are looked at', async () => {
    await using world = await built(1, 2, 2, 'shared');
    const { room } = world;
    room.bucket.delete(`resources/Rack/${RACK}.json`);
    await room.queue.enqueue('Resync/Chassis');
    await room.queue.advance('2m');
    expect(room.children()).toEqual([]);
  });
});

test("a child's UID that somebody else has gets more digits", async () => {
  await using room = new RackRoom();
  const template = await room.template(1, 1, 1, 'shared');
  await using twin = await built(1, 1, 1, 'shared');
  const [wanted = ''] = (await twin.room.store.get(Rack, RACK)).status.chassisUIDs;
  await room.store.create(Chassis, {
    name: 'foreign',
    uid: wanted,
    spec: { rackUID: 'rack-0000ffff', chassisNumber: 0 },
  });
  await room.rack(template.metadata.uid);
  await room.queue.advance('1m');
  const { status } = await room.store.get(Rack, RACK);
  expect(status.phase).toBe('Ready');
  expect(status.chassisUIDs).toEqual([expect.stringMatching(new RegExp(`^${wanted}[0-9a-f]{4}$`))]);
  expect((await room.store.get(Chassis, wanted)).metadata.name).toBe('foreign');
  await room.queue.advance('1h');
  expect((await room.store.get(Rack, RACK)).status.chassisUIDs).toEqual(status.chassisUIDs);
});
