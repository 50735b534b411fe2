import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import type { Conditions } from '../../queue/stores/conditions.ts';
import type { Reply } from './reply.ts';
import type { ResourceBody } from './resource.ts';

/** As long as the real store keeps a session. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000;
const MAX_SESSIONS = 1000;
/** Bytes of unfinished uploads, all together. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A resumable upload between its requests. */
export interface UploadSession {
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly resource: ResourceBody;
  readonly conditions: Conditions;
  readonly beganMs: number;
  readonly chunks: Buffer[];
  received: number;
  /** What the last chunk was answered; every later request is answered the same. */
  finished?: Reply;
}

/** Open uploads. Bounded: when there are too many, or too many bytes in them, the one unused for longest is dropped. */
export class UploadSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  /** The one unused for longest comes first. */
  readonly #sessions = new Map<string, UploadSession>();
  #bytes = 0;

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  open(upload: Pick<UploadSession, 'bucket' | 'name' | 'resource' | 'conditions'>): UploadSession {
    const session = { ...upload, id: this.#random.id(), beganMs: this.#clock.now(), chunks: [], received: 0 };
    this.#sessions.set(session.id, session);
    this.#evict(session);
    return session;
  }

  use(id: string): UploadSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    this.#sessions.delete(id);
    if (this.#clock.now() - session.beganMs > LIFETIME_MS) {
      this.#bytes -= session.finished ? 0 : session.received;
      return undefined;
    }
    this.#sessions.set(id, session);
    return session;
  }

  append(session: UploadSession, chunk: Buffer): void {
    if (chunk.length > 0) session.chunks.push(chunk);
    session.received += chunk.length;
    this.#bytes += chunk.length;
    this.#evict(session);
  }

  finish(session: UploadSession, reply: Reply): Reply {
    this.#bytes -= session.received;
    session.chunks.length = 0;
    session.finished = reply;
    return reply;
  }

  drop(session: UploadSession): void {
    if (!session.finished) this.#bytes -= session.received;
    this.#sessions.delete(session.id);
  }

  #evict(keep: UploadSession): void {
    for (const session of this.#sessions.values()) {
      if (this.#sessions.size <= MAX_SESSIONS && this.#bytes <= MAX_BYTES) return;
      if (session !== keep) this.drop(session);
    }
  }
}
