import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import type { ProcessRequest__Output } from '../../../proto/gen/chainguard/workqueue/ProcessRequest.ts';
import { done } from '../../../services/reconciler/answer.ts';
import type { HandlerContext } from '../../../services/reconciler/reconciler.ts';
import { workqueueService } from '../../../services/rpc/definition.ts';
import { callerTo, callOf, reconciling } from '../../support/reconciler.ts';

describe('a call', () => {
  test('carries the key, priority, attempt, fence, queue and trace context', async () => {
    let seen: HandlerContext | undefined;
    await using setup = await reconciling((context) => {
      seen = context;
      return done();
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const call = callOf('a/ü b', { priority: 7, attempt: 3, fence: 1_700_000_000_000_123, queue: 'q', traceparent });
    expect(await setup.caller.process(call)).toEqual({ outcome: { kind: 'done' }, started: true });
    expect(seen).toMatchObject({
      key: 'a/ü b',
      priority: 7,
      attempt: 3,
      fence: 1_700_000_000_000_123,
      queue: 'q',
      traceparent,
    });
  });

  test('that is aborted is interrupted, and aborts the handler', async () => {
    const running = Promise.withResolvers<AbortSignal>();
    await using setup = await reconciling(async ({ signal }) => {
      running.resolve(signal);
      await once(signal, 'abort');
      return done();
    });
    const abort = new AbortController();
    const answer = setup.caller.process(callOf('a', { signal: abort.signal }));
    const signal = await running.promise;
    abort.abort();
    expect(await answer).toEqual({ outcome: { kind: 'interrupted', delayMs: 0 }, started: true });
    if (!signal.aborted) await once(signal, 'abort');
  });

  test('that was aborted before it began does not begin', async () => {
    await using setup = await reconciling(() => done());
    const answer = await setup.caller.process(callOf('a', { signal: AbortSignal.abort() }));
    expect(answer).toEqual({ outcome: { kind: 'interrupted', delayMs: 0 }, started: false });
  });

  test('that passes its deadline is a timeout, and aborts the handler', async () => {
    const aborted = Promise.withResolvers<void>();
    await using setup = await reconciling(async ({ signal }) => {
      await once(signal, 'abort');
      aborted.resolve();
      return done();
    });
    const answer = await setup.caller.process(callOf('a', { deadlineMs: 300 }));
    expect(answer).toEqual({ outcome: { kind: 'failed', error: 'timeout: no answer within 0.3 s' }, started: true });
    await aborted.promise;
  });
});

describe('many calls', () => {
  test('150 run at once although a connection allows 100 streams', async () => {
    const release = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    let running = 0;
    const grpc = { 'grpc.max_concurrent_streams': 100 };
    const handler = async () => {
      if (++running === 150) all.resolve();
      await release.promise;
      return done();
    };
    await using setup = await reconciling(handler, { share: 150, grpc });
    const answers = Array.from({ length: 150 }, (_, i) => setup.caller.process(callOf(`key-${i}`)));
    await all.promise;
    release.resolve();
    const kinds = new Set((await Promise.all(answers)).map(({ outcome }) => outcome.kind));
    expect([...kinds]).toEqual(['done']);
  });
});

/** A server as Go services are: without the started mark. */
async function plainServer(process: (key: string, server: Server) => status | undefined) {
  const server = new Server();
  server.addService(workqueueService, {
    Process(call: { request: ProcessRequest__Output }, callback: (error: object | null, value?: object) => void) {
      const code = process(call.request.key, server);
      if (code === undefined) callback(null, {});
      else if (code !== status.CANCELLED) callback({ code, details: `says ${status[code]}` });
    },
    GetKeyState() {},
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, server, [Symbol.dispose]: () => server.forceShutdown() };
}

const CRASHING = fileURLToPath(new URL('../../support/crashing-reconciler.ts', import.meta.url));

/** A reconciler in a process of its own, whose handler can end it. */
async function crashing(): Promise<{ port: number; child: ChildProcess } & Disposable> {
  const child = fork(CRASHING, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return { port, child, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

describe('a reconciler that is not there', () => {
  test('is unreachable: nothing was started', async () => {
    const vacated = createServer().listen(0, '127.0.0.1');
    await once(vacated, 'listening');
    const { port } = vacated.address() as AddressInfo;
    vacated.close();
    await once(vacated, 'close');
    const caller = callerTo(port);
    const answer = await caller.process(callOf('a'));
    caller.close();
    expect(answer).toMatchObject({ outcome: { kind: 'unreachable' }, started: false });
  });

  test.each(['crash', 'exit', 'block then crash'])('that dies in mid-run fails the run: %s', async (how) => {
    using child = await crashing();
    const caller = callerTo(child.port);
    const answer = await caller.process(callOf(how));
    expect(answer).toMatchObject({
      outcome: { kind: 'failed', error: expect.stringContaining('the reconciler went away in mid-run') },
      started: true,
    });
    if (child.child.exitCode === null && child.child.signalCode === null) await once(child.child, 'exit');
    const next = await caller.process(callOf('b'));
    caller.close();
    expect(next).toMatchObject({ outcome: { kind: 'unreachable' }, started: false });
  });
});

describe('a server that does not mark its starts', () => {
  test('is believed when it answers, and UNAVAILABLE is a failure from then on', async () => {
    using server = await plainServer((key) => (key === 'a' ? undefined : status.UNAVAILABLE));
    const caller = callerTo(server.port);
    expect(await caller.process(callOf('b'))).toMatchObject({ outcome: { kind: 'unreachable' } });
    expect(await caller.process(callOf('a'))).toEqual({ outcome: { kind: 'done' }, started: true });
    expect(await caller.process(callOf('b'))).toMatchObject({ outcome: { kind: 'failed' }, started: true });
    server.server.forceShutdown();
    let answer = await caller.process(callOf('c'));
    // The connection may go down only while the first call is on it.
    if (answer.outcome.kind === 'failed') answer = await caller.process(callOf('c'));
    caller.close();
    expect(answer).toMatchObject({ outcome: { kind: 'unreachable' }, started: false });
  });

  test('whose connection breaks in mid-run has failed', async () => {
    using server = await plainServer((key, server) => {
      if (key === 'a') return undefined;
      server.forceShutdown();
      return status.CANCELLED;
    });
    const caller = callerTo(server.port);
    await caller.process(callOf('a'));
    expect(await caller.process(callOf('b'))).toMatchObject({ outcome: { kind: 'failed' }, started: true });
    caller.close();
  });

  test.each([status.UNAUTHENTICATED, status.PERMISSION_DENIED, status.UNIMPLEMENTED])(
    'turned away: %s',
    async (code) => {
      using server = await plainServer(() => code);
      const caller = callerTo(server.port);
      const answer = await caller.process(callOf('a'));
      caller.close();
      expect(answer).toMatchObject({ outcome: { kind: 'unreachable' }, started: false });
    },
  );
});
