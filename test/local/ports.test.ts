import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts, isPortFree } from '../../local/ports.ts';

const without =
  (...taken: number[]) =>
  async (port: number) =>
    !taken.includes(port);

test('each name gets its place after the base', async () => {
  expect(await choosePorts(['a', 'b'], 7070, without())).toEqual({ ports: { a: 7070, b: 7071 }, moved: [] });
});

test("a taken port moves its name to the next free one that is nobody else's, and that is told", async () => {
  expect(await choosePorts(['a', 'b', 'c'], 7070, without(7070, 7073))).toEqual({
    ports: { a: 7074, b: 7071, c: 7072 },
    moved: [{ name: 'a', wanted: 7070, port: 7074 }],
  });
});

test('two that have to move do not meet', async () => {
  const { ports } = await choosePorts(['a', 'b'], 7070, without(7070, 7071));
  expect(ports).toEqual({ a: 7072, b: 7073 });
});

test('no free port at all is an error, not an endless search', async () => {
  await expect(choosePorts(['a'], 65_530, async () => false)).rejects.toThrow('no free port');
});

test('a port is taken while a server listens on it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
});
