import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import { MUTATIONS } from './mutations.ts';

describe('the explorer finds a protocol that is broken on purpose', () => {
  test.for(MUTATIONS)('$name', async ({ world }) => {
    const { violation } = await explore(world, { mostStates: 150_000 });
    expect(violation?.problem).toBeDefined();
    expect(violation?.trace.length).toBeGreaterThan(3);
  });
});
