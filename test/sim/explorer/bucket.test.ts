import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pin } from '../../../queue/ports/object-store.ts';
import { Bucket } from '../../../queue/stores/bucket.ts';
import { memoryStore } from '../../../queue/stores/memory.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { carryOut, type Objects } from './bucket.ts';
import type { StoreOperation } from './operation.ts';

const NAMES = ['in-progress/k', 'queued/k', 'queued/l'];
const name = fc.constantFrom(...NAMES);
/** Which of the generations drawn so far, counted from the last, and which metageneration. */
const pin = fc.record({
  back: fc.nat(3),
  metageneration: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const destination = fc.oneof(fc.constant('absent' as const), pin);
const step = fc.oneof(
  fc.record({ op: fc.constant('get' as const), name }),
  fc.record({ op: fc.constant('list' as const), query: fc.record({ prefix: fc.constantFrom('', 'queued/', 'in-') }) }),
  fc.record({ op: fc.constant('put' as const), name, condition: destination }),
  fc.record({ op: fc.constant('copy' as const), from: name, source: pin, to: name, destination }),
  fc.record({ op: fc.constant('patch' as const), name, pin }),
  fc.record({ op: fc.constant('delete' as const), name, pin }),
);

describe('the bucket of the explorer', () => {
  test('keeps the laws of the one that all other tests use', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const clock = new ManualClock();
        const store = memoryStore({ bucket: new Bucket({ clock }), clock });
        let objects: Objects = [];
        /** The generations drawn by both, in the same order. */
        const ours: string[] = [];
        const theirs: string[] = [];
        const resolve = (wanted: typeof destination extends fc.Arbitrary<infer T> ? T : never, drawn: string[]) => {
          if (wanted === 'absent') return wanted;
          const resolved: Pin = { generation: drawn.at(-1 - wanted.back) ?? '999' };
          return wanted.metageneration === undefined
            ? resolved
            : { ...resolved, metageneration: String(wanted.metageneration) };
        };
        const write = { metadata: { written: 'x' } };
        for (const [at, each] of steps.entries()) {
          const operationFor = (drawn: string[]): StoreOperation => {
            switch (each.op) {
              case 'put':
                return { ...each, ...write, condition: resolve(each.condition, drawn) };
              case 'copy': {
                const source = resolve(each.source, drawn) as Pin;
                return { ...each, ...write, source, destination: resolve(each.destination, drawn) };
              }
              case 'patch':
                return { ...each, changes: { written: String(at) }, pin: resolve(each.pin, drawn) as Pin };
              case 'delete':
                return { ...each, pin: resolve(each.pin, drawn) as Pin };
              default:
                return each;
            }
          };
          const effect = carryOut(objects, operationFor(ours), String(at + 1));
          objects = effect.objects;
          const answer = await send(store, operationFor(theirs));
          const writes = effect.applied && (each.op === 'put' || each.op === 'copy');
          if (writes) {
            ours.push(String(at + 1));
            theirs.push((answer as { object: { generation: string } }).object.generation);
          }
          const renamed = JSON.parse(JSON.stringify(answer ?? null), (key, value) =>
            key === 'generation' ? ours[theirs.indexOf(value as string)] : value,
          );
          expect(JSON.parse(JSON.stringify(effect.answer ?? null))).toEqual(renamed);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('takes a patch that changes nothing for none, since Cloud Storage does not say that it counts', () => {
    const object = { name: 'queued/k', generation: '1', metageneration: '1', metadata: { priority: '0' } };
    const patch = { op: 'patch', name: 'queued/k', changes: { priority: '0' }, pin: { generation: '1' } } as const;
    expect(carryOut([object], patch, '2').objects).toEqual([object]);
  });
});

function send(store: ReturnType<typeof memoryStore>, operation: StoreOperation): Promise<unknown> {
  switch (operation.op) {
    case 'get':
      return store.get(operation.name);
    case 'list':
      return store.list(operation.query);
    case 'put':
      return store.put(operation.name, operation.metadata, operation.condition as Pin | 'absent');
    case 'copy':
      return store.copy({
        ...operation,
        source: operation.source as Pin,
        destination: operation.destination as Pin | 'absent',
      });
    case 'patch':
      return store.patch(operation.name, operation.changes, operation.pin as Pin);
    case 'delete':
      return store.delete(operation.name, operation.pin as Pin);
    default:
      return operation satisfies never;
  }
}
