import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import { Sampler } from './sample.ts';
import { DONE, FAILED, type World, worldOf } from './world.ts';
import { LARGE, WORLDS } from './worlds.ts';

const named = (name: string) => WORLDS.find((world) => world.name === name) as World;

describe('no schedule breaks a promise', () => {
  const small = ['W3', 'glances'];

  test.for(small)('of world %s, walked to the end', async (name) => {
    const explored = await explore(named(name));
    expect(explored.violation).toBeUndefined();
    expect(explored.exhausted).toBe(true);
  });

  test.for(WORLDS.map(({ name }) => name).filter((name) => !small.includes(name)))(
    'of world %s, as far as its first 1,500 states; `npm run test:explore` walks all',
    async (name) => {
      const explored = await explore(named(name), { mostStates: 1_500 });
      expect(explored.violation).toBeUndefined();
    },
  );

  test.for(LARGE)('of world $name, in 15 schedules', async (world) => {
    const sampled = await new Sampler(world).walk(1, 15);
    expect(sampled.violation).toBeUndefined();
  });

  test('a holder whose lease was recovered merges nothing into the entry that the recovery put back', async () => {
    const world = worldOf('stale', 'one key, its holder fails it and is taken for lost at the same time', {
      dispatchers: ['r', 'r'],
      rounds: [1, 1],
      passes: 1,
      outcomes: [DONE, FAILED],
      failures: 1,
    });
    const explored = await explore(world);
    expect(explored.violation).toBeUndefined();
    expect(explored.exhausted).toBe(true);
  });
});

describe('what the explorer says of a world', () => {
  test('is the same each time', async () => {
    expect(await explore(named('glances'))).toEqual(await explore(named('glances')));
  });
});
