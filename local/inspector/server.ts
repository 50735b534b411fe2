import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CensusTaker } from '../../queue/census.ts';
import { parseKey } from '../../queue/core/key.ts';
import type { Around } from '../../queue/core/why.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { BodyReader } from '../../services/http/body-reader.ts';
import { boundedServer } from '../../services/http/bounded-server.ts';
import { SERVICE_HTTP_LIMITS } from '../../services/http/limits.ts';
import { LOOPBACK } from '../ports.ts';
import type { Address } from '../screen.ts';
import { argumentsOf, commandLine, parseAction, type RunAction } from './actions.ts';
import type { Rates } from './rates.ts';
import { Rested } from './rested.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import type { Stories } from './stories.ts';
import { readStory } from './story.ts';

export interface InspectorOptions {
  readonly port: number;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly stories: Stories;
  readonly rates: Rates;
  readonly addresses: readonly Address[];
  /** At most this many keys run at once; of all regions. */
  readonly concurrency: number;
  readonly act: RunAction;
}

/** An action is a few words and a key. */
const MOST_BODY_BYTES = 8_192;
const LIMITS = { ...SERVICE_HTTP_LIMITS, maxBodyBytes: MOST_BODY_BYTES };

/** A page only ever talks to its own origin, and is in nobody's frame. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/plots.js': ['plots.js', 'text/javascript; charset=utf-8'],
  '/dom.js': ['dom.js', 'text/javascript; charset=utf-8'],
  '/story.js': ['story.js', 'text/javascript; charset=utf-8'],
  '/actions.js': ['actions.js', 'text/javascript; charset=utf-8'],
};

/** Serves the page and what it shows. For development: production is watched on dashboards. */
export async function startInspector(options: InspectorOptions): Promise<AsyncDisposable> {
  const files = new Map(
    Object.entries(FILES).map(([path, [file, type]]) => [
      path,
      { type, body: readFileSync(new URL(`page/${file}`, import.meta.url)) },
    ]),
  );
  const api = new Api(options);
  const hosts = new Set([`${LOOPBACK}:${options.port}`, `localhost:${options.port}`]);
  const server = boundedServer(LIMITS, (request, response) => {
    // A name that resolves to this machine must not let a strange page read the queue or act on it.
    if (!hosts.has(request.headers.host ?? '')) {
      return answer(response, 403, 'text/plain', 'use the address that npm start printed\n');
    }
    const url = new URL(request.url ?? '/', 'http://inspector');
    const file = files.get(url.pathname);
    if (file && request.method === 'GET') return answer(response, 200, file.type, file.body);
    api.serve(url, request).then(
      ({ status, body }) => answer(response, status, 'application/json', JSON.stringify(body)),
      (error: unknown) => answer(response, 500, 'application/json', JSON.stringify({ problem: String(error) })),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, LOOPBACK, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refused = (status: number, problem: string): Answer => ({ status, body: { problem } });

/** What the page asks for. */
class Api {
  readonly #options: InspectorOptions;
  readonly #taker: CensusTaker;
  readonly #snapshots: Rested<Snapshot>;
  readonly #around: Rested<Around>;
  readonly #bodies = new BodyReader(LIMITS);

  constructor(options: InspectorOptions) {
    this.#options = options;
    this.#taker = new CensusTaker(options);
    this.#snapshots = new Rested(options.clock);
    this.#around = new Rested(options.clock);
  }

  async serve(url: URL, request: IncomingMessage): Promise<Answer> {
    const route = `${request.method} ${url.pathname}`;
    if (route === 'GET /state.json')
      return { status: 200, body: await this.#state(url.searchParams.get('find') ?? '') };
    if (route === 'GET /key.json') return this.#story(url.searchParams.get('key') ?? '');
    // What `act` would run, so that it can be read, learnt and copied first.
    if (route === 'POST /command') return this.#act(request, false);
    if (route === 'POST /act') return this.#act(request, true);
    return request.method === 'GET' || request.method === 'POST'
      ? refused(404, 'no such page')
      : refused(405, 'only GET and POST');
  }

  async #state(find: string): Promise<unknown> {
    const { clock, addresses, concurrency, stories, rates } = this.#options;
    const seen = await this.#snapshots.of(find, () => takeSnapshot(this.#taker, clock.now(), find));
    const { value: snapshot, problem } = seen;
    const nowMs = clock.now();
    return { nowMs, addresses, concurrency, snapshot, problem, recent: stories.recent(), bars: rates.bars(nowMs) };
  }

  async #story(text: string): Promise<Answer> {
    const key = parseKey(text);
    if (!key.ok) return refused(400, key.problem);
    const ports = { ...this.#options, around: this.#around };
    return { status: 200, body: await readStory(ports, key.value, this.#options.stories.of(key.value)) };
  }

  async #act(request: IncomingMessage, run: boolean): Promise<Answer> {
    // A page of somebody else can send a form, but no JSON without being asked first; and there is nobody to say yes.
    if (!request.headers['content-type']?.startsWith('application/json')) return refused(415, 'send application/json');
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') return refused(403, 'only the inspector page may act');
    const body = await this.#bodies.read(request);
    if (body.kind !== 'whole') return refused(413, `an action has at most ${MOST_BODY_BYTES} bytes`);
    const parsed = parseAction(body.bytes.toString('utf8'));
    if ('problem' in parsed) return refused(400, parsed.problem);
    const args = argumentsOf(parsed.action);
    const command = commandLine(args);
    if (!run) return { status: 200, body: { command } };
    const result = await this.#options.act(args);
    this.#snapshots.forget();
    this.#around.forget();
    return { status: 200, body: { command, ...result } };
  }
}
