/** What a mutant may be caught by: seeds of the simulation, a world of the explorer, or the tests of a path. */
export type Check = 'simulation' | `explorer ${string}` | `test/${string}`;

/** A one-line change of the protocol's code that breaks a promise. Something has to notice. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The checks to ask, in this order, until one notices; by default {@link CHECKS}. */
  readonly caughtBy?: readonly Check[];
}

export const CHECKS: readonly Check[] = [
  'simulation',
  'test/promises',
  'test/queue',
  'test/services/dispatcher',
  'test/services/rpc',
];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a fresh entry overwrites a waiting one',
    file: 'queue/enqueue.ts',
    find: "store.put(name, metadata, 'absent')",
    replace: "store.put(name, metadata, (await store.get(name).catch(() => undefined)) ?? 'absent')",
  },
  {
    name: 'a lower priority wins',
    file: 'queue/core/merge.ts',
    find: 'priority: Math.max(current.priority, wish.priority)',
    replace: 'priority: wish.priority',
  },
  {
    name: 'a plain enqueue undercuts a floor',
    file: 'queue/core/merge.ts',
    find: 'if (current.floor || current.notBeforeMs === undefined) return current;',
    replace: 'if (current.notBeforeMs === undefined) return current;',
  },
  {
    name: 'a receiver shares a write that was sent before the second caller arrived',
    file: 'queue/shared-enqueue.ts',
    find: 'if (this.#underWay.has(wish.key)) return this.#join(wish, options);',
    replace:
      'const flights = this.#underWay as Map<Key, any>; const flight = flights.get(wish.key); if (flight && flight.priority >= wish.priority && flight.delaySeconds === 0) return flight.written; const written = enqueue(this.#context, wish, options).finally(() => flights.delete(wish.key)); flights.set(wish.key, { ...wish, written }); return written;',
  },
  {
    name: 'the queued entry is deleted without condition',
    file: 'queue/start.ts',
    find: 'const deleted = await context.store.delete(name, current);',
    replace:
      'const deleted = await context.store.delete(name, (await context.store.get(name).catch(() => undefined)) ?? current);',
  },
  {
    name: '`Process` begins before the delete is answered',
    file: 'queue/start.ts',
    find: 'const deleted = await context.store.delete(name, current);',
    replace: "void context.store.delete(name, current); const deleted = { kind: 'ok' } as any;",
  },
  {
    name: 'the delete is pinned to the generation only',
    file: 'queue/start.ts',
    find: 'const deleted = await context.store.delete(name, current);',
    replace: 'const deleted = await context.store.delete(name, { generation: current.generation });',
  },
  {
    name: 'the lease is copied without conditions on its source',
    file: 'queue/start.ts',
    find: 'source: pinOf(waiting),',
    replace: 'source: (await context.store.get(queuedName(waiting.key)).catch(() => undefined)) ?? pinOf(waiting),',
  },
  {
    name: 'a start that found the entry gone does not verify its lease',
    file: 'queue/start.ts',
    find: "if (deleted.kind === 'lost' || deleted.kind === 'missing') return verify(context, lease, patience);",
    replace: "if (deleted.kind === 'lost' || deleted.kind === 'missing') return { kind: 'leased', lease };",
  },
  {
    name: 'a delete without an answer, or with a 412 that follows a retry, is taken as lost',
    file: 'queue/start.ts',
    find: "if (deleted.kind === 'lost' || deleted.kind === 'missing') return verify(context, lease, patience);",
    replace:
      "if (deleted.kind === 'lost' || deleted.kind === 'missing' || deleted.kind === 'unknown') return verify(context, lease, patience);",
  },
  {
    name: 'a copy without an answer is taken as not applied',
    file: 'queue/start.ts',
    find: 'return makeCopyKnown(context, waiting, { entry, waited }, patience);',
    replace: "return { kind: 'lost' };",
  },
  {
    name: 'a lost bump after a delete without an answer is taken as a lost lease',
    file: 'queue/start.ts',
    find: "if (overtaken.kind === 'changed') return verify(context, lease, patience);",
    replace: "if (overtaken.kind === 'changed') return { kind: 'lost' };",
  },
  {
    name: 'a run begins though its lock is lost',
    file: 'services/dispatcher/leasing.ts',
    find: "if (started.kind === 'leased' && !tenure.signal.aborted)",
    replace: "if (started.kind === 'leased')",
  },
  {
    name: 'a fence does not grow',
    file: 'queue/core/lease.ts',
    find: 'Math.max((waiting.fence ?? 0) + 1, Math.floor(nowMs * 1000))',
    replace: 'waiting.fence ?? Math.floor(nowMs * 1000)',
  },
  {
    name: 'the merge into a twin does not always write',
    file: 'queue/settle-lease.ts',
    find: 'const changes = metadataChanges(twin.metadata, encodeEntry({ ...merged, bump: random.id() }));',
    replace:
      "const changes = metadataChanges(twin.metadata, encodeEntry({ ...merged, bump: random.id() })); if (twin.metadata[META.priority] === encodeEntry(merged)[META.priority]) return { kind: 'settled', queued: twin };",
  },
  {
    name: 'the merge into a twin drops the attempts',
    file: 'queue/core/merge.ts',
    find: 'attempts: returned.attempts,',
    replace: 'attempts: twin.attempts,',
  },
  {
    name: 'a lease is ended without its generation',
    file: 'queue/settle-lease.ts',
    find: 'store.delete(inProgressName(held.key), held.pin)',
    replace:
      'store.get(inProgressName(held.key)).catch(() => undefined).then((found) => store.delete(inProgressName(held.key), found ?? held.pin))',
  },
  {
    name: 'a merge does not look at the lease',
    file: 'queue/settle-lease.ts',
    find: "if (!leased || !isPinned(leased, held.pin)) return { kind: 'lost' };\n  if (!twin)",
    replace: 'if (!twin)',
  },
  {
    name: 'a 404 that follows a lost answer is taken as lost',
    file: 'queue/settle-lease.ts',
    find: "return { kind: unsure ? 'settled' : 'lost' };",
    replace: "return { kind: 'lost' };",
  },
  {
    name: 'a dead letter is deleted unpinned',
    file: 'queue/settle-lease.ts',
    find: 'store.delete(deadLetterName(held.key), { generation })',
    replace:
      'store.get(deadLetterName(held.key)).catch(() => undefined).then((letter) => store.delete(deadLetterName(held.key), letter ?? { generation }))',
    caughtBy: ['explorer redriven', 'simulation'],
  },
  {
    name: 'a dead letter is written without a lease',
    file: 'queue/settle-lease.ts',
    find: "      if (!leased || !isPinned(leased, held.pin)) return { kind: 'lost' };\n      const letter",
    replace: '      const letter',
  },
  {
    name: 'an interruption spends an attempt',
    file: 'queue/core/settle.ts',
    find: 'const attempts = Math.max(0, leased.attempts - 1);',
    replace: 'const attempts = leased.attempts;',
  },
  {
    name: 'being called back spends an attempt',
    file: 'queue/core/settle.ts',
    find: 'attempts: 0, lastError: undefined',
    replace: 'lastError: undefined',
  },
  {
    name: 'a failure spends none',
    file: 'queue/core/settle.ts',
    find: 'const failed = { ...returned(leased, nowMs), lastError',
    replace: 'const failed = { ...returned(leased, nowMs), attempts: leased.attempts - 1, lastError',
  },
  {
    name: 'a key dies one attempt late',
    file: 'queue/core/settle.ts',
    find: 'attempts >= policy.maxAttempts',
    replace: 'attempts > policy.maxAttempts',
  },
  {
    name: 'a run that lost its lease is settled',
    file: 'services/dispatcher/run.ts',
    find: "if (cause === 'lost' || cause === 'interrupted') return { kind: cause };",
    replace: "if (cause === 'interrupted') return { kind: cause };",
  },
  {
    name: 'a run is settled before what it asked for is queued',
    file: 'services/dispatcher/runs.ts',
    find: "if (outcome.kind === 'enqueue' && !(await this.#followUps.queue(outcome.keys, signal))) return;",
    replace: "if (outcome.kind === 'enqueue') void this.#followUps.queue(outcome.keys, signal);",
  },
  {
    name: 'the drain trailer is ignored',
    file: 'services/rpc/answer.ts',
    find: 'outcomeFromResponse(reply.response, reply.interrupted)',
    replace: 'outcomeFromResponse(reply.response, false)',
  },
  {
    name: 'recovery does not read the lock again',
    file: 'queue/recover.ts',
    find: 'if (!own) {',
    replace: 'if (false) {',
  },
  {
    name: 'recovery charges an attempt',
    file: 'queue/core/settle.ts',
    find: 'attempts: spent ? leased.attempts : Math.max(0, leased.attempts - 1),',
    replace: 'attempts: leased.attempts,',
  },
  {
    name: 'a lapsed lock is left in its place',
    file: 'queue/recover.ts',
    find: 'const broken = await breakLock(context, owner.region, lock);',
    replace: 'const broken = true;',
  },
  {
    name: 'the leases of a live lock are taken for orphans',
    file: 'queue/core/orphan.ts',
    find: "return isLapsed(lock, nowMs, times) ? 'lapsing' : 'held';",
    replace: "return 'lapsing';",
  },
  {
    name: 'the share does not count survivors',
    file: 'services/dispatcher/runs.ts',
    find: 'Math.max(0, this.#share - this.#survivors())',
    replace: 'this.#share',
    caughtBy: ['explorer survivors', 'test/promises'],
  },
  {
    name: 'a fresh instance starts before it has recovered',
    file: 'services/dispatcher/watch.ts',
    find: '  prepared = false;',
    replace: '  prepared = true;',
  },
  {
    name: 'a lease that is gone does not abort its run',
    file: 'services/dispatcher/watch.ts',
    find: 'this.#runs.lose(key);',
    replace: 'void key;',
  },
  {
    name: 'the lock is refreshed without its generation',
    file: 'queue/region-lock.ts',
    find: 'const patched = await this.#context.store.patch(this.#name, changes, this.#pin);',
    replace:
      'const patched = await this.#context.store.patch(this.#name, changes, (await this.#context.store.get(this.#name).catch(() => undefined)) ?? this.#pin);',
  },
  {
    name: "the lock's deadline is counted from the answer",
    file: 'queue/region-lock.ts',
    find: "if (patched.kind === 'ok') return this.#extend(patched.object, sent.deadline);",
    replace: "if (patched.kind === 'ok') return this.#extend(patched.object, this.#send().deadline);",
    caughtBy: ['explorer belief', 'simulation', 'test/queue'],
  },
  {
    name: 'a late refresh revives a lapsed lock',
    file: 'queue/region-lock.ts',
    find: '// An answer that comes after the deadline revives nothing.\n    if (!this.holds) return this.#drop();',
    replace: '// An answer that comes after the deadline revives nothing.',
    caughtBy: ['explorer revival', 'simulation', 'test/queue'],
  },
  {
    name: 'a 412 on a refresh is taken as lost',
    file: 'queue/region-lock.ts',
    find: "if (patched.kind === 'missing') return this.#drop();",
    replace: "if (patched.kind === 'missing' || patched.kind === 'lost') return this.#drop();",
  },
  {
    name: 'a takeover is pinned to the generation only',
    file: 'queue/region-lock.ts',
    find: 'const overwritten = await this.#write(pinOf(seen));',
    replace: 'const overwritten = await this.#write({ generation: seen.generation } as Required<Pin>);',
  },
  {
    name: 'a lock is taken as soon as it expires',
    file: 'queue/core/lock.ts',
    find: 'nowMs >= lock.expiresMs + times.marginMs',
    replace: 'nowMs >= lock.expiresMs',
  },
  {
    name: 'the lock is trusted until it expires',
    file: 'queue/core/lock.ts',
    find: 'const trustMs = times.lifeMs - times.marginMs;',
    replace: 'const trustMs = times.lifeMs + 4 * times.marginMs;',
  },
  {
    name: 'what is under way outlives its tenure',
    file: 'services/dispatcher/dispatcher.ts',
    find: '      watch.end();\n',
    replace: '',
    caughtBy: ['test/services/dispatcher', 'simulation'],
  },
  {
    name: 'the lock is released with leases in hand',
    file: 'services/dispatcher/dispatcher.ts',
    find: '} else if (this.#deck.busy === 0) {',
    replace: '} else {',
  },
  {
    name: 'a lost lock does not end its runs',
    file: 'services/dispatcher/watch.ts',
    find: 'this.#runs.loseAll();',
    replace: '',
  },
  {
    name: 'every region takes the whole limit',
    file: 'queue/core/lock.ts',
    find: 'Math.floor(concurrency / regions.length)',
    replace: 'concurrency',
  },
  {
    name: 'the monotonic clock is not asked',
    file: 'queue/core/lock.ts',
    find: 'wallMs < deadline.wallMs && monotonicMs < deadline.monotonicMs',
    replace: 'wallMs < deadline.wallMs',
  },
  {
    name: 'a pending trigger is forgotten',
    file: 'services/dispatcher/dispatcher.ts',
    find: 'if (!needed && !this.#pending) {\n          if (this.#beforeRest) await this.#beforeRest();\n          if (!this.#pending) break;',
    replace: 'if (!needed) {\n          if (this.#beforeRest) await this.#beforeRest();\n          break;',
  },
];
