import type { IncomingMessage } from 'node:http';
import type { HttpLimits } from './limits.ts';

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** The rest is not read: the answer has to end the connection. */
  | { readonly kind: 'too-large' }
  /** Too much is arriving at once, here too the rest is not read. */
  | { readonly kind: 'overloaded' }
  /** The sender went away or was too slow: there is no one to answer. */
  | { readonly kind: 'broken' };

/** Reads bodies into memory, each and all together no more than a limit. */
export class BodyReader {
  readonly #limits: Pick<HttpLimits, 'maxBodyBytes' | 'maxArrivingBytes'>;
  #arriving = 0;

  constructor(limits: Pick<HttpLimits, 'maxBodyBytes' | 'maxArrivingBytes'>) {
    this.#limits = limits;
  }

  /** Never rejects. Leaves the connection as it is, so that it can still be answered. */
  read(request: IncomingMessage): Promise<Body> {
    const { maxBodyBytes, maxArrivingBytes } = this.#limits;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.resolve({ kind: 'too-large' });
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const take = (chunk: Buffer) => {
        size += chunk.length;
        this.#arriving += chunk.length;
        if (size > maxBodyBytes) settle({ kind: 'too-large' });
        else if (this.#arriving > maxArrivingBytes) settle({ kind: 'overloaded' });
        else chunks.push(chunk);
      };
      const end = () => settle({ kind: 'whole', bytes: Buffer.concat(chunks) });
      const fail = () => settle({ kind: 'broken' });
      const settle = (body: Body) => {
        this.#arriving -= size;
        request.off('data', take).off('end', end).off('close', fail);
        if (body.kind !== 'whole') request.pause();
        resolve(body);
      };
      // A body that breaks off is an error and then a close; without a listener the error would end the process.
      request.on('data', take).on('end', end).on('close', fail).on('error', fail);
    });
  }
}
