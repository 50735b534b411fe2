import type { CopyRequest, ListQuery, Metadata, MetadataPatch, Pin } from '../../../queue/ports/object-store.ts';

/** A request to the store as data, so that it can be kept, shown and carried out when the schedule says so. */
export type StoreOperation =
  | { readonly op: 'get'; readonly name: string }
  | { readonly op: 'list'; readonly query: ListQuery }
  | {
      readonly op: 'put';
      readonly name: string;
      readonly metadata: Metadata;
      readonly condition: Pin | 'absent' | 'any';
    }
  | ({ readonly op: 'copy' } & Omit<CopyRequest, 'source' | 'destination'> & {
        readonly source: Pin | 'any';
        readonly destination: Pin | 'absent' | 'any';
      })
  | { readonly op: 'patch'; readonly name: string; readonly changes: MetadataPatch; readonly pin: Pin | 'any' }
  | { readonly op: 'delete'; readonly name: string; readonly pin: Pin | 'any' };

/** A call of the reconciler under the lease of this generation. */
export interface ProcessOperation {
  readonly op: 'process';
  readonly key: string;
  readonly attempt: number;
  readonly priority: number;
  readonly lease: string;
}

export type Operation = StoreOperation | ProcessOperation;

export function isRead(operation: Operation): boolean {
  return operation.op === 'get' || operation.op === 'list';
}

/** The object that a request is about; of a copy, the one that it writes. */
export function nameOf(operation: Operation): string {
  switch (operation.op) {
    case 'copy':
      return operation.to;
    case 'list':
      return operation.query.prefix ?? '';
    case 'process':
      return '';
    default:
      return operation.name;
  }
}

export function showOperation(operation: Operation): string {
  switch (operation.op) {
    case 'get':
      return `get ${operation.name}`;
    case 'list':
      return `list ${operation.query.prefix ?? 'all'}`;
    case 'put':
      return `put ${operation.name} if ${showPin(operation.condition)}`;
    case 'copy':
      return `copy ${operation.from} (if ${showPin(operation.source)}) to ${operation.to} (if ${showPin(operation.destination)})`;
    case 'patch':
      return `patch ${operation.name} if ${showPin(operation.pin)}`;
    case 'delete':
      return `delete ${operation.name} if ${showPin(operation.pin)}`;
    case 'process':
      return `Process(${operation.key}), attempt ${operation.attempt}`;
    default:
      return operation satisfies never;
  }
}

function showPin(pin: Pin | 'absent' | 'any'): string {
  if (typeof pin === 'string') return pin;
  return pin.metageneration === undefined ? `#${pin.generation}` : `#${pin.generation}.${pin.metageneration}`;
}
