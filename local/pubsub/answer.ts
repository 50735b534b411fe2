/** The gRPC statuses this emulator answers with, by name; `grpc.ts` knows their numbers. */
export type RefusalCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE';

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** One sentence for the caller, values last. */
  readonly problem: string;
}

/** What a call comes to: its value, or the status that the caller gets instead. */
export type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

export function answered<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function refused(code: RefusalCode, problem: string): Refusal {
  return { ok: false, code, problem };
}
