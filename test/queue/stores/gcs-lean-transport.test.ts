import type { Storage } from '@google-cloud/storage';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../queue/ports/clock.ts';
import { leanTransport } from '../../../queue/stores/gcs-lean-transport.ts';
import type { GcsTransport } from '../../../queue/stores/gcs-transport.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const OBJECT = { name: 'a', generation: '1', metageneration: '2', metadata: { n: '1' } };

describe('the lean transport', () => {
  const request = { method: 'GET', path: '/storage/v1/b/bkt/o/a', query: {} } as const;
  const onServer = (
    origin: string,
    getRequestHeaders: () => Promise<Headers>,
    clock: Clock = systemClock,
  ): GcsTransport => {
    const storage = {
      apiEndpoint: origin,
      customEndpoint: false,
      authClient: { getRequestHeaders },
    } as unknown as Storage;
    return leanTransport({ storage, clock, timeoutMs: 5_000 });
  };

  test('says who asks with what the official client gives it', async () => {
    await using server = await scriptedServer({ status: 200, body: OBJECT });
    const transport = onServer(server.origin, async () => new Headers({ authorization: 'Bearer token' }));
    expect((await transport(request)).kind).toBe('answered');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer token');
  });

  test('is silent where no token is to be had, and sends nothing', async () => {
    await using server = await scriptedServer({ status: 200, body: OBJECT });
    const transport = onServer(server.origin, () => Promise.reject(new Error('no credentials')));
    expect(await transport(request)).toMatchObject({ kind: 'silent', cause: { message: 'no credentials' } });
    expect(server.seen).toEqual([]);
  });

  test('asks for the token once a second, and again at once where there was none', async () => {
    await using server = await scriptedServer({ status: 200, body: OBJECT });
    const clock = new ManualClock();
    const tokens = [new Error('no credentials'), 'first', 'second'];
    let asked = 0;
    const transport = onServer(
      server.origin,
      async () => {
        const token = tokens[asked++];
        if (token instanceof Error) throw token;
        return new Headers({ authorization: `Bearer ${token}` });
      },
      clock,
    );
    expect((await transport(request)).kind).toBe('silent');
    for (let i = 0; i < 3; i++) await transport(request);
    await clock.advance(999);
    await transport(request);
    expect(asked).toBe(2);
    await clock.advance(1);
    await transport(request);
    await transport({ ...request, method: 'PATCH', body: '{}' });
    expect(asked).toBe(3);
    const sent = server.seen.map(({ headers }) => headers.authorization);
    expect(sent).toEqual([...Array.from({ length: 4 }, () => 'Bearer first'), 'Bearer second', 'Bearer second']);
    expect(server.seen.at(-1)?.headers['content-type']).toBe('application/json');
    expect(server.seen.at(-2)?.headers['content-type']).toBeUndefined();
  });

  test('gives each request its own time, however many are under way', async () => {
    await using server = await scriptedServer('hang', 'hang', { status: 200, body: OBJECT });
    const clock = new ManualClock();
    const storage = { apiEndpoint: server.origin, customEndpoint: true } as unknown as Storage;
    const transport = leanTransport({ storage, clock, timeoutMs: 5_000 });
    const first = transport(request);
    await server.requests(1);
    await clock.advance(3_000);
    let secondEnded = false;
    const second = transport(request).finally(() => (secondEnded = true));
    await server.requests(2);
    expect((await transport(request)).kind).toBe('answered');
    await clock.advance(2_000);
    expect((await first).kind).toBe('silent');
    await clock.advance(2_999);
    expect(secondEnded).toBe(false);
    await clock.advance(1);
    expect((await second).kind).toBe('silent');
    expect(clock.pending).toBe(0);
  });

  test('takes all headers that the official client says who asks with', async () => {
    await using server = await scriptedServer({ status: 200, body: OBJECT });
    const headers = { authorization: 'Bearer token', 'x-goog-user-project': 'payer' };
    await onServer(server.origin, async () => new Headers(headers))(request);
    expect(server.seen[0]?.headers).toMatchObject(headers);
  });

  test('uses no connection again on which it has given up', async () => {
    await using server = await scriptedServer('hang', { status: 200, body: OBJECT });
    const clock = new ManualClock();
    const storage = { apiEndpoint: server.origin, customEndpoint: true } as unknown as Storage;
    const transport = leanTransport({ storage, clock, timeoutMs: 5_000 });
    const silent = transport(request);
    await server.requests(1);
    await clock.advance(5_000);
    expect((await silent).kind).toBe('silent');
    expect((await transport(request)).kind).toBe('answered');
    expect((await transport(request)).kind).toBe('answered');
    const [hung, next, last] = server.seen.map(({ clientPort }) => clientPort);
    expect(next).not.toBe(hung);
    expect(last).toBe(next);
  });

  test('takes an answer that is no JSON for what it is', async () => {
    await using down = await scriptedServer({ status: 502, text: '<html>bad gateway</html>' });
    const auth = async () => new Headers();
    expect(await onServer(down.origin, auth)(request)).toMatchObject({ kind: 'answered', status: 502 });
  });
});
