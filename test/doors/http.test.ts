import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentJournal } from '../../catalogue/events.ts';
import { tickMessage } from '../../queue/core/hint.ts';
import { dispatcherServer } from '../../services/dispatcher/http.ts';
import { type HttpLimits, SERVICE_HTTP_LIMITS } from '../../services/http/limits.ts';
import { Door } from '../../services/ingress/door.ts';
import { DEFAULT_RULES, ingressRules } from '../../services/ingress/rules.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { receiving } from '../support/receiver.ts';
import { OBJECTS, UPLOAD } from '../support/raw-storage.ts';
import { runStorage } from '../support/storage-emulator.ts';
import { RawConnection } from './raw-http.ts';

/** Short and small, so that every one of them is met within a moment. */
const LIMITS: HttpLimits = {
  ...SERVICE_HTTP_LIMITS,
  maxBodyBytes: 64 * 1024,
  maxArrivingBytes: 256 * 1024,
  headersTimeoutMs: 150,
  requestTimeoutMs: 300,
  checkTimeoutsEveryMs: 20,
  maxConnections: 40,
};

interface OpenDoor {
  readonly port: number;
  close(): Promise<unknown>;
}

interface DoorKind {
  readonly name: string;
  readonly open: () => Promise<OpenDoor>;
  /** Method, path and headers of a request that is taken, but for its body. */
  readonly head: string;
  readonly body: string;
  readonly good: number;
  /** What a body of any bytes may be answered. */
  readonly bad: readonly number[];
}

const EVENT = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 't', subject: 'k' });
const PUSH = JSON.stringify({ message: { attributes: tickMessage.attributes, data: '' }, subscription: 's' });

const DOORS: readonly DoorKind[] = [
  {
    name: 'the door of the event ingress',
    open: async () => {
      const { receiver, journal } = receiving();
      const door = new Door({
        ...{ receiver, journal, clock: systemClock, rules: ingressRules.parse(DEFAULT_RULES) },
        ...{ host: '127.0.0.1', port: 0, limits: LIMITS },
      });
      return { port: await door.listen(), close: () => door.close(0) };
    },
    head: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/cloudevents+json\r\n',
    body: EVENT,
    good: 202,
    bad: [202, 204, 400],
  },
  {
    name: "the dispatcher's push endpoint",
    open: async () => {
      const server = dispatcherServer({ trigger: () => Promise.resolve() }, silentJournal, { limits: LIMITS });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return {
        port: (server.address() as AddressInfo).port,
        close: () => new Promise<unknown>((resolve) => server.close(resolve).closeAllConnections()),
      };
    },
    head: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n',
    body: PUSH,
    good: 204,
    bad: [204, 400],
  },
  {
    name: 'the storage emulator',
    open: async () => {
      const running = await runStorage({ limits: LIMITS });
      return { port: running.port, close: async () => running[Symbol.asyncDispose]() };
    },
    head: `POST ${UPLOAD}?uploadType=multipart HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/related; boundary=edge\r\n`,
    body: '--edge\r\n\r\n{"name":"k"}\r\n--edge\r\n\r\nhello\r\n--edge--',
    good: 200,
    bad: [200, 400],
  },
];

describe.each(DOORS)('$name', ({ open, head, body, good, bad }) => {
  let door: OpenDoor;
  beforeEach(async () => {
    door = await open();
  });
  afterEach(() => door.close());

  const connection = () => RawConnection.open(door.port);
  const withLength = (content: string | Uint8Array) =>
    `${head}connection: close\r\ncontent-length: ${Buffer.byteLength(content)}\r\n\r\n`;
  const post = async (content: string | Uint8Array) =>
    (await (await connection()).send(withLength(content)).send(content).ended).status;
  /** The process lives, and serves. */
  const serves = async () => expect(await post(body)).toBe(good);

  test('does not wait for slow headers', async () => {
    const slow = await connection();
    slow.send(head);
    expect((await slow.ended).status).toBe(408);
    await serves();
  });

  test('does not wait for headers that come one by one', async () => {
    const slow = await connection();
    slow.send(head);
    void slow.drip('x-a: b\r\n');
    expect((await slow.ended).status).toBe(408);
    await serves();
  });

  test('does not wait for a slow body', async () => {
    const slow = await connection();
    slow.send(`${head}content-length: 1000\r\n\r\n`);
    void slow.drip('x');
    expect((await slow.ended).status).toBe(408);
    await serves();
  });

  test('does not keep a connection that says nothing', async () => {
    expect((await (await connection()).ended).status).toBe(408);
    await serves();
  });

  test('refuses a flood of headers, in number and in size', async () => {
    for (const flood of [`x-a: ${'b'.repeat(40_000)}\r\n`, 'x-a: b\r\n'.repeat(10_000)]) {
      expect((await (await connection()).send(`${head}${flood}\r\n`).ended).status).toBe(431);
    }
    await serves();
  });

  test('refuses a body that is too large, said or not, and takes no more of it', async () => {
    const said = await connection();
    said.send(`${head}content-length: ${LIMITS.maxBodyBytes + 1}\r\n\r\n`);
    expect((await said.ended).status).toBe(413);
    const unsaid = await connection();
    unsaid.send(`${head}transfer-encoding: chunked\r\n\r\n`);
    const chunk = Buffer.from(`4000\r\n${'x'.repeat(0x4000)}\r\n`);
    // What the kernel buffers on both sides comes on top of what the server reads.
    expect(await unsaid.flood(chunk)).toBeLessThan(32 * 1024 * 1024);
    expect([0, 413]).toContain((await unsaid.ended).status);
    await serves();
  });

  test('holds no more than its limit of bodies that are arriving', async () => {
    const senders = await Promise.all(Array.from({ length: 8 }, connection));
    const half = 'x'.repeat(LIMITS.maxBodyBytes - 1_000);
    for (const sender of senders)
      sender.send(`${head}connection: close\r\ncontent-length: ${LIMITS.maxBodyBytes}\r\n\r\n${half}`);
    const statuses = (await Promise.all(senders.map(({ ended }) => ended))).map(({ status }) => status);
    expect(statuses).toContain(503);
    expect(new Set(statuses)).toEqual(new Set([408, 503]));
    await serves();
  });

  test('holds no more than its limit of connections, and serves again when they are gone', async () => {
    const idle = await Promise.all(Array.from({ length: LIMITS.maxConnections + 20 }, connection));
    const statuses = (await Promise.all(idle.map(({ ended }) => ended))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 0).length).toBeGreaterThanOrEqual(20);
    await serves();
  });

  test('answers a body of any bytes, and any part of a good one, with an error or takes it', async () => {
    const whole = Buffer.from(body);
    const damaged = fc
      .tuple(fc.nat(whole.length), fc.nat(9), fc.uint8Array({ maxLength: 9 }))
      .map(([at, cut, put]) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), async (content) => {
        expect(bad).toContain(await post(content));
      }),
      { numRuns: 120 },
    );
    await serves();
  });

  test('outlives bytes that are no HTTP', async () => {
    const head = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.string({ minLength: 1 }).map((text) => Buffer.from(`POST /${text} HTTP/1.1\r\n${text}\r\n\r\n`)),
    );
    await fc.assert(
      fc.asyncProperty(head, async (bytes) => {
        const odd = await connection();
        odd.send(bytes);
        odd.socket.end();
        const { status } = await odd.ended;
        expect(status < 500 || status === 501).toBe(true);
      }),
      { numRuns: 60 },
    );
    await serves();
  });
});

describe('wrong content types', () => {
  let door: OpenDoor;
  beforeAll(async () => {
    door = await (DOORS[0] as DoorKind).open();
  });
  afterAll(() => door.close());

  test.each([
    '',
    'text/plain',
    'application/json',
    'application/cloudevents-batch+json',
    'application/cloudevents+xml',
    'multipart/related',
  ])('%j is no event', async (type) => {
    const answer = await fetch(`http://127.0.0.1:${door.port}/`, {
      method: 'POST',
      body: EVENT,
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(400);
  });

  test('an upload without parts is refused by the storage emulator', async () => {
    await using storage = await runStorage();
    for (const type of [
      '',
      'text/plain',
      'multipart/mixed; boundary=edge',
      'multipart/related',
      'multipart/related; boundary=',
    ]) {
      const answer = await storage.fetch(`${UPLOAD}?uploadType=multipart`, {
        method: 'POST',
        body: '--edge',
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(400);
    }
    expect((await storage.fetch(OBJECTS)).status).toBe(200);
  });
});
