import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Instruments } from './instruments.ts';
import type { Tracing } from './tracing.ts';

/** What a process tells of itself besides its log. */
export interface Telemetry extends AsyncDisposable {
  /** Absent where no metrics are asked for. */
  readonly instruments?: Instruments | undefined;
  /** Answers a request for `/metrics` in Prometheus' text format; absent where that is not asked for. */
  readonly page?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly tracing: Tracing;
  /** Sends what has gathered, unless that was done moments ago. Never rejects, and takes a few seconds at most. Absent = nothing is sent. */
  readonly flush?: (() => Promise<void>) | undefined;
}
