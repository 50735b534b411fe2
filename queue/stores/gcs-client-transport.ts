import type { Storage } from '@google-cloud/storage';
import type { Clock } from '../ports/clock.ts';
import { type GcsTransport, messageOf, targetOf } from './gcs-transport.ts';

/**
 * Sends requests through the client's own, authenticating `request`.
 *
 * Query and body go as finished strings: in `qs`, `json` and `multipart` the client replaces every `{{projectId}}`, which may
 * occur in a key. The time limit is ours, since the HTTP library below the client ignores the client's `timeout`; the
 * request itself cannot be cancelled and may still take effect.
 */
export function clientTransport(storage: Storage, clock: Clock, timeoutMs: number): GcsTransport {
  return (request) => {
    const { method, body, contentType = 'application/json' } = request;
    const options = {
      method,
      uri: `${storage.apiEndpoint}${targetOf(request)}`,
      ...(body !== undefined && { body, headers: { 'Content-Type': contentType } }),
    };
    return new Promise((resolve) => {
      const cancel = clock.after(timeoutMs, () =>
        resolve({ kind: 'silent', cause: new Error(`no answer in time: timeoutMs=${timeoutMs}`) }),
      );
      storage.request(options, (error, answer: unknown, response) => {
        cancel();
        const status = response?.statusCode;
        if (status === undefined) resolve({ kind: 'silent', cause: error });
        else resolve({ kind: 'answered', status, body: answer, message: messageOf(answer) ?? error?.message ?? '' });
      });
    });
  };
}
