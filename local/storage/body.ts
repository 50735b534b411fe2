import type { IncomingMessage } from 'node:http';
import { MAX_ARRIVING_BYTES, MAX_BODY_BYTES } from './limits.ts';

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'overloaded' }
  /** The client went away: there is no one to answer. */
  | { readonly kind: 'broken' };

/** Reads bodies into memory, each and all together no more than a limit. */
export class BodyReader {
  #arriving = 0;

  async read(request: IncomingMessage): Promise<Body> {
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return { kind: 'too-large' };
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        this.#arriving += chunk.length;
        if (size > MAX_BODY_BYTES) return { kind: 'too-large' };
        if (this.#arriving > MAX_ARRIVING_BYTES) return { kind: 'overloaded' };
        chunks.push(chunk);
      }
      return { kind: 'whole', bytes: Buffer.concat(chunks) };
    } catch {
      return { kind: 'broken' };
    } finally {
      this.#arriving -= size;
    }
  }
}
