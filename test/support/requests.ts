import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An HTTP server that answers 200 to everything, and remembers what it was asked. */
export class Requests implements AsyncDisposable {
  readonly paths: string[] = [];
  readonly #server: Server;
  readonly #waiting: ((body: string) => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        this.paths.push(request.url ?? '');
        response.end('{}');
        this.#waiting.shift()?.(body);
      });
    });
  }

  static async listen(): Promise<Requests> {
    const requests = new Requests();
    requests.#server.listen(0, '127.0.0.1');
    await once(requests.#server, 'listening');
    return requests;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The body of the next request. */
  next(): Promise<string> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
