import { CLOUD_EVENT_JSON, changeEvent } from './change-event.ts';
import type { Posted } from './outbox.ts';

export interface DoorOptions {
  readonly url: string;
  readonly newId: () => string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Longer than a receiver waits for a slow bucket. */
const POST_TIMEOUT_MS = 30_000;

/** Posts one change to the event ingress. Never throws: what cannot be delivered now is `failed`. */
export function door({ url, newId, now }: DoorOptions): (key: string) => Promise<Posted> {
  return async (key) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': CLOUD_EVENT_JSON },
        body: changeEvent(key, newId(), new Date(now())),
        signal: AbortSignal.timeout(POST_TIMEOUT_MS),
      });
      const body = await response.text();
      if (response.ok) return { kind: 'accepted' };
      const problem = `HTTP ${response.status} ${body.slice(0, 200)}`.trim();
      // 408 and 429 ask for a repetition; all other 4xx say that this event is wrong.
      const refused = response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status);
      return { kind: refused ? 'refused' : 'failed', problem };
    } catch (error) {
      // fetch says "fetch failed" and keeps the reason in the cause.
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { kind: 'failed', problem: String(reason) };
    }
  };
}
