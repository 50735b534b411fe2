import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { receiverHandlers } from '../../services/receiver/grpc.ts';
import { done } from '../../services/reconciler/answer.ts';
import { workqueueService } from '../../services/rpc/definition.ts';
import { RPC_LIMITS } from '../../services/rpc/limits.ts';
import { rpcServer } from '../../services/rpc/server.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { receiving } from '../support/receiver.ts';
import { reconciling } from '../support/reconciler.ts';
import { WireClient } from '../support/wire-client.ts';
import { RawConnection } from './raw-http.ts';

const LIMITS = { ...RPC_LIMITS, maxConnections: 12, maxCallsPerConnection: 8, idleConnectionMs: 300 };

interface OpenDoor {
  readonly port: number;
  close(): Promise<unknown>;
}

const DOORS: readonly { readonly name: string; readonly open: () => Promise<OpenDoor> }[] = [
  {
    name: 'the receiver',
    open: async () => {
      const { receiver, journal } = receiving();
      const handlers = receiverHandlers(receiver, journal);
      const server = rpcServer({ handlers, host: '127.0.0.1', port: 0, clock: systemClock, limits: LIMITS });
      return { port: await server.listen(), close: () => server.close(0) };
    },
  },
  {
    name: 'a reconciler',
    open: async () => {
      const opened = await reconciling(() => done());
      return { port: opened.port, close: async () => opened[Symbol.asyncDispose]() };
    },
  },
];

const good = workqueueService.Process.requestSerialize({ key: 'k', priority: 5, delaySeconds: 60 });

describe.each(DOORS)('$name over gRPC', ({ open }) => {
  let door: OpenDoor;
  let client: WireClient;
  beforeEach(async () => {
    door = await open();
    client = new WireClient(door.port);
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await door.close();
  });
  const serves = async () => expect((await client.call('Process', good).answer).code).toBe(status.OK);

  test('answers any bytes, and a request damaged anywhere, with OK or with an error that is no bug of ours', async () => {
    const damaged = fc
      .tuple(fc.nat(good.length), fc.nat(4), fc.uint8Array({ maxLength: 6 }))
      .map(([at, cut, put]) => Buffer.concat([good.subarray(0, at), put, good.subarray(at + cut)]));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }).map((raw) => Buffer.from(raw)),
      damaged,
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (request) => {
        const { code, details } = await client.call('Process', request).answer;
        // INTERNAL is what gRPC itself says of bytes that are no message of the protocol.
        expect([status.OK, status.INVALID_ARGUMENT, status.INTERNAL]).toContain(code);
        const internal: number = status.INTERNAL;
        if (code === internal) expect(details).toMatch(/deserializ/i);
      }),
      { numRuns: 300 },
    );
    await serves();
  });

  test('refuses a request that is too large', async () => {
    const answer = await client.call('Process', Buffer.alloc(RPC_LIMITS.maxRequestBytes + 1)).answer;
    expect(answer.code).toBe(status.RESOURCE_EXHAUSTED);
    await serves();
  });

  test('refuses a flood of headers, in number and in size', async () => {
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`x-${index}`, 'y']));
    for (const headers of [many, { 'x-big': 'y'.repeat(200_000) }]) {
      expect((await client.call('Process', good, headers).answer).code).not.toBe(status.OK);
      using another = new WireClient(door.port);
      expect((await another.call('Process', good).answer).code).toBe(status.OK);
    }
  });

  test('outlives bytes that are no HTTP/2', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const odd = await RawConnection.open(door.port);
        odd.send(bytes);
        odd.socket.end();
        odd.socket.resume();
        await odd.ended;
      }),
      { numRuns: 40 },
    );
    await serves();
  });
});

describe('the limits of a gRPC server', () => {
  let door: OpenDoor;
  beforeEach(async () => {
    door = await (DOORS[0] as (typeof DOORS)[0]).open();
  });
  afterEach(() => door.close());

  test('connections above its number are closed, silent ones after a while, and then it serves', async () => {
    const idle = await Promise.all(
      Array.from({ length: LIMITS.maxConnections + 8 }, () => RawConnection.open(door.port)),
    );
    // None of them ever says a word; all of them end.
    await Promise.all(idle.map(({ ended }) => ended));
    using client = new WireClient(door.port);
    expect((await client.call('Process', good).answer).code).toBe(status.OK);
  });

  test('a connection is told how many calls it may have open', async () => {
    const session = connectHttp2(`http://127.0.0.1:${door.port}`);
    const [settings] = (await once(session, 'remoteSettings')) as [{ maxConcurrentStreams: number }];
    expect(settings.maxConcurrentStreams).toBe(LIMITS.maxCallsPerConnection);
    session.destroy();
  });
});
