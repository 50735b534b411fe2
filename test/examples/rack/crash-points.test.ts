import { describe, expect, test } from 'vitest';
import type { Documents } from '../../../resources/ports/documents.ts';
import { Rack, RackTemplate } from '../../../examples/rack/kinds.ts';
import { ResourceStore } from '../../../resources/store.ts';
import { RackRoom } from './support.ts';

const RACK = 'rack-00000001';
/** Many times what the longest of these tests takes in one room. */
const MOST_RUNS = 1_000;

/** A reconciler process that is killed at its n-th write, just before or just after it, and is there again for the next run. */
class Mortal {
  writes = 0;
  dead = false;
  dieAt = Number.POSITIVE_INFINITY;
  when: 'before' | 'after' = 'after';
  /** What happens at that moment, before the process is there again. */
  onDeath: () => void = () => {};

  readonly wrap = (documents: Documents): Documents => ({
    get: (name) => this.#read(() => documents.get(name)),
    list: (query) => this.#read(() => documents.list(query)),
    put: (...args) => this.#write(() => documents.put(...args)),
    delete: (...args) => this.#write(() => documents.delete(...args)),
  });

  async #read<T>(send: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Error('killed');
    return send();
  }

  async #write<T>(send: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Error('killed');
    const last = ++this.writes === this.dieAt;
    if (last) this.dead = true;
    if (last && this.when === 'before') throw new Error('killed');
    const answer = await send();
    if (last) this.onDeath();
    if (last) throw new Error('killed');
    return answer;
  }
}

function open(): { room: RackRoom; mortal: Mortal } {
  const mortal = new Mortal();
  // One run at a time, so that a death is that of the run that writes.
  const room = new RackRoom({
    concurrency: 1,
    mostRuns: MOST_RUNS,
    wrap: mortal.wrap,
    onRun: () => (mortal.dead = false),
  });
  return { room, mortal };
}

async function build(room: RackRoom): Promise<void> {
  const template = await room.template(2, 1, 2, 'dedicated');
  await room.rack(template.metadata.uid);
  await room.pass('2m');
}

async function outcome(room: RackRoom) {
  const rack = await room.store.get(Rack, RACK);
  const { conditions: _conditions, ...status } = rack.status;
  return { children: room.children(), owned: room.names('owners/'), status };
}

// Trap 6.
describe('killed at any of its writes', () => {
  test('a rack comes out the same', async () => {
    const first = open();
    await build(first.room);
    const wanted = await outcome(first.room);
    expect(wanted.children).toHaveLength(12);
    expect(wanted.status.phase).toBe('Ready');
    expect(first.mortal.writes).toBeGreaterThan(40);

    for (const when of ['before', 'after'] as const) {
      for (let dieAt = 1; dieAt <= first.mortal.writes; dieAt++) {
        const { room, mortal } = open();
        Object.assign(mortal, { dieAt, when });
        await build(room);
        expect(mortal.writes, 'it died').toBeGreaterThanOrEqual(dieAt);
        expect(await outcome(room), `killed ${when} write ${dieAt}`).toEqual(wanted);
        expect(room.queue.deadLetters()).toEqual([]);
      }
    }
  });

  test('a rack that is deleted leaves nothing', async () => {
    const first = open();
    await build(first.room);
    const before = first.mortal.writes;
    await first.room.store.delete(Rack, RACK);
    await first.room.pass('2m');
    const writes = first.mortal.writes - before;
    expect(writes).toBeGreaterThan(25);

    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= writes; at++) {
        const { room, mortal } = open();
        await build(room);
        Object.assign(mortal, { dieAt: mortal.writes + at, when });
        await room.store.delete(Rack, RACK);
        await room.pass('3m');
        expect(room.children(), `killed ${when} write ${at}`).toEqual([]);
        expect(room.names('owners/'), `killed ${when} write ${at}`).toEqual([]);
        expect(room.names('resources/Rack/')).toEqual([]);
      }
    }
  });

  test('and deleted before the next run comes: nothing is left, that was half made either', async () => {
    const first = open();
    await build(first.room);
    for (let nth = 1; ; nth++) {
      const { room, mortal } = open();
      const template = await room.template(2, 1, 2, 'dedicated');
      const dieAt = mortal.writes + nth;
      if (dieAt > first.mortal.writes) break;
      let deleted: Promise<unknown> | undefined;
      mortal.onDeath = () => void (deleted = room.store.delete(Rack, RACK));
      mortal.dieAt = dieAt;
      await room.rack(template.metadata.uid);
      await room.pass('2m');
      expect(deleted, 'it died').toBeDefined();
      await deleted;
      await room.pass('3m');
      expect(room.children(), `killed after write ${dieAt}`).toEqual([]);
      expect(room.names('resources/Rack/'), `killed after write ${dieAt}`).toEqual([]);
    }
  });

  test('the API, between a write and its key: a resync finds what was declared', async () => {
    const wanted = open();
    await build(wanted.room);
    const { room } = open();
    const template = await room.template(2, 1, 2, 'dedicated');
    const silent = new ResourceStore({ ...room.store.context, onChange: async () => {} });
    const spec = { templateUID: template.metadata.uid, location: 'datacenter-1' };
    await silent.create(Rack, { name: 'rack-01', uid: RACK, spec });
    await room.pass('30m');
    expect(room.children()).toEqual([]);
    await room.queue.enqueue('Resync/Rack');
    await room.pass('2m');
    expect(await outcome(room)).toEqual(await outcome(wanted.room));
  });

  test('a rack that shrinks comes out the same', async () => {
    const shrink = async (room: RackRoom) => {
      const [template] = room.names('resources/RackTemplate/').map((name) => /rktmpl-\w+/.exec(name)?.[0] ?? '');
      const bladeConfig = { nodeCount: 1, bmcMode: 'shared' as const };
      await room.store.update(RackTemplate, template ?? '', () => ({
        spec: { chassisCount: 1, chassisConfig: { bladeCount: 1, bladeConfig } },
      }));
      await room.pass('12m');
    };
    const first = open();
    await build(first.room);
    const before = first.mortal.writes;
    await shrink(first.room);
    const wanted = await outcome(first.room);
    expect(wanted.children).toHaveLength(4);
    const writes = first.mortal.writes - before;
    for (let at = 1; at <= writes; at++) {
      const { room, mortal } = open();
      await build(room);
      mortal.dieAt = mortal.writes + at;
      await shrink(room);
      // An entry without a resource may be left; it means nothing, and goes with its owner.
      const { children, status } = await outcome(room);
      expect({ children, status }, `killed after write ${at}`).toEqual({
        children: wanted.children,
        status: wanted.status,
      });
    }
  });
});
