/** Every event that a service may log, with what it means. A key is a field of an event, never part of its name or a label. */
export const EVENTS = {
  'service.listening': 'a process is ready',
  'service.stopping': 'a process was told to stop and drains',
  'service.stopped': 'a process has drained',

  'key.queued': 'an enqueue made a new entry',
  'key.merged': 'an enqueue changed a waiting entry',
  'key.deduplicated': 'an enqueue changed nothing',
  'key.started': 'a run began',
  'key.done': 'a run brought the key to its desired state',
  'key.requeued': 'a run asked to be called again',
  'key.failed': 'a run failed and spent an attempt',
  'key.interrupted': 'a run was stopped in an orderly way and gave its attempt back',
  'key.unreachable': 'the reconciler could not be reached; nothing was spent',
  'key.rejected': 'a reconciler gave a key up: dead letter',
  'key.exhausted': 'a key spent its attempts: dead letter',
  'key.recovered': 'a lease whose dispatcher is lost was given back',
  'key.lost': 'a lease was lost and its run aborted',
  'key.redriven': 'a dead letter was queued again',

  'lock.acquired': 'this instance is the active dispatcher of its region',
  'lock.wanted': 'another instance asks for the lock: handover',
  'lock.released': 'the lock was given up in good order',
  'lock.lost': 'the lock was lost or could not be refreshed in time: all runs abort',
  'lock.broken': 'the lapsed lock of another region was removed',

  'sweep.done': 'a sweep has listed the queue',
  'queue.paused': 'starts nothing until resumed',
  'queue.resumed': 'starts keys again',
  'operator.acted': 'an operator has done something, or begun to; the audit says what came of it',
  'reconciler.down': 'the reconciler was not reachable several times in a row: leasing drops to single probes',
  'reconciler.up': 'the reconciler answers again',

  'entry.invalid': 'metadata in the bucket that does not parse; read safely',
  'object.foreign': 'an object below our prefixes whose name is not a key; left alone',
  'store.failed': 'a request to the bucket failed',
  'hint.failed': 'a hint could not be published; a sweep will find the key',
  'failure-event.failed': 'a failure event could not be published',
  'hint.invalid': 'a push that is neither a hint nor a tick',
  'trigger.failed': 'a trigger could not be served',
  'resource-event.failed': 'an event of a resource could not be published',
  'resource-key.failed': 'a changed resource could not be queued; the next resync will find it',
  'ingress.ignored': 'an event that no rule is about, or that has no key where its rule says',
  'ingress.invalid': 'an envelope that cannot be understood, or a key that breaks the rules',
  'call.refused': 'a call with bad input',
  'internal.error': 'a bug: please report',
} as const;

export type EventName = keyof typeof EVENTS;

/** Where events go: the log of a service, a test's memory, the local stack's screen. */
export interface Journal {
  write(event: EventName, fields?: Readonly<Record<string, unknown>>): void;
}

export const silentJournal: Journal = { write() {} };
