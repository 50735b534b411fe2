import { connect, type Socket } from 'node:net';
import { sleep } from '../../queue/ports/clock.ts';
import { systemClock } from '../../services/runtime/clock.ts';

/** What a connection was answered, until the other side ended it. */
export interface RawAnswer {
  /** 0: ended without an answer. */
  readonly status: number;
  readonly text: string;
}

/** A connection that says what it is told to, byte by byte. */
export class RawConnection {
  readonly socket: Socket;
  readonly ended: Promise<RawAnswer>;

  private constructor(socket: Socket) {
    this.socket = socket;
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is an end as well: the sender was still writing.
    socket.on('error', () => {});
    this.ended = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
      const text = Buffer.concat(chunks).toString('latin1');
      return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    const connection = new RawConnection(socket);
    await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), connection.ended]);
    return connection;
  }

  send(bytes: string | Uint8Array): this {
    if (!this.socket.destroyed) this.socket.write(bytes);
    return this;
  }

  /** Sends a little at a time until the connection ends. */
  async drip(bytes: string): Promise<void> {
    while (!this.socket.destroyed) {
      this.send(bytes);
      await sleep(systemClock, 20);
    }
  }

  /** Sends again and again, whenever the other side has taken it, until the connection ends; resolves to how much it took. */
  async flood(bytes: Uint8Array): Promise<number> {
    const taken = () =>
      new Promise<boolean>((resolve) =>
        this.socket.write(bytes, (error) => resolve(error === undefined || error === null)),
      );
    while (!this.socket.destroyed && (await Promise.race([taken(), this.ended.then(() => false)])));
    return this.socket.bytesWritten;
  }
}
