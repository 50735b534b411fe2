import type { Storage } from '@google-cloud/storage';
import { QueueError } from '../errors.ts';
import { Patience } from '../patience.ts';
import type { Clock } from '../ports/clock.ts';
import type { Deleted, ObjectStore, Pin, Written } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import { conditionsOf } from './conditions.ts';
import { OBJECT_FIELDS, parseObject, parsePage, parseRewrite, parseVersion, VERSION_FIELDS } from './gcs-object.ts';
import { leanTransport } from './gcs-lean-transport.ts';
import type { GcsAnswer, GcsRequest, GcsTransport } from './gcs-transport.ts';
import { problemOfName } from './object-name.ts';

/** Boundary of an upload. JSON has no line breaks of its own, so no line of it can be one. */
const BOUNDARY = 'levelset';

export interface GcsStoreOptions {
  readonly storage: Storage;
  readonly bucket: string;
  readonly clock: Clock;
  readonly random: Random;
  /** A request without an answer for this long is given up: a write is `unknown` then, a read is tried again. Default 20 s. */
  readonly timeoutMs?: number;
  /** How requests travel. Default: the lean transport. */
  readonly transport?: GcsTransport;
  /** How long a read is tried again before it throws. Default 60 s. */
  readonly readBudgetMs?: number;
}

/** What an answer means, whatever was asked. */
type Verdict =
  { kind: 'ok'; body: unknown } | { kind: 'lost' | 'missing' | 'throttled' } | { kind: 'unknown'; cause: unknown };

/**
 * The queue's store on Cloud Storage.
 *
 * A write is sent exactly once. Sending it again would turn a write that was applied, but whose answer got lost, into a failed
 * condition, and the caller could no longer tell its own doing from a lost race.
 */
export function gcsStore(options: GcsStoreOptions): ObjectStore {
  const { storage, bucket, clock, random, timeoutMs = 20_000, readBudgetMs = 60_000 } = options;
  const transport = options.transport ?? leanTransport({ storage, clock, timeoutMs });
  const objects = `/storage/v1/b/${encodeURIComponent(bucket)}/o`;

  async function ask(what: string, name: string, request: GcsRequest): Promise<Verdict> {
    const problem = problemOfName(name);
    if (problem) throw new QueueError('invalid', `${problem}, bucket=${JSON.stringify(bucket)}`);
    return judge(
      () => `${what}: bucket=${JSON.stringify(bucket)} name=${JSON.stringify(name)}`,
      await transport(request),
    );
  }

  /** Asks until there is an answer that `parse` understands. `undefined`: there is no such object. */
  async function read<T>(what: string, attempt: () => Promise<Verdict>, parse: (body: unknown) => T | undefined) {
    const patience = new Patience({ clock, random }, readBudgetMs);
    for (;;) {
      const verdict = await attempt();
      if (verdict.kind === 'missing') return undefined;
      const value = verdict.kind === 'ok' ? parse(verdict.body) : undefined;
      if (value !== undefined) return value;
      if (!(await patience.another(verdict.kind === 'throttled' ? 'throttled' : 'unknown'))) {
        const cause = verdict.kind === 'unknown' ? verdict.cause : verdict;
        throw new QueueError('unavailable', `cloud storage does not answer, cannot ${what}`, cause);
      }
    }
  }

  return {
    get(name) {
      const request: GcsRequest = { method: 'GET', path: pathOf(name), query: { fields: OBJECT_FIELDS } };
      return read(`get ${JSON.stringify(name)}`, () => ask('get', name, request), parseObject);
    },

    async list(query) {
      const request: GcsRequest = {
        method: 'GET',
        path: objects,
        // Indented, as Cloud Storage answers by default, a page is 1.4 times as large.
        query: { ...query, fields: `items(${OBJECT_FIELDS}),nextPageToken`, prettyPrint: 'false' },
      };
      const what = `list: bucket=${JSON.stringify(bucket)} prefix=${JSON.stringify(query.prefix ?? '')}`;
      const page = await read(what, async () => judge(() => what, await transport(request)), parsePage);
      if (page === undefined)
        throw new QueueError('unavailable', `cloud storage knows no such listing, cannot ${what}`);
      return page;
    },

    async put(name, metadata, condition) {
      const verdict = await ask('put', name, {
        method: 'POST',
        path: `/upload${objects}`,
        query: { uploadType: 'multipart', name, ...conditionsOf(condition), fields: VERSION_FIELDS },
        contentType: `multipart/related; boundary=${BOUNDARY}`,
        body: emptyUpload(metadata),
      });
      if (verdict.kind !== 'ok') return verdict;
      const version = parseVersion(verdict.body);
      return version ? { kind: 'ok', object: { name, ...version, metadata } } : misread(verdict.body);
    },

    async copy({ from, source, to, destination, metadata }) {
      const problem = problemOfName(to);
      if (problem) throw new QueueError('invalid', problem);
      const query = {
        ...sourceConditionsOf(source),
        ...conditionsOf(destination),
        fields: `done,rewriteToken,resource(${VERSION_FIELDS})`,
      };
      const path = `${pathOf(from)}/rewriteTo/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(to)}`;
      const body = JSON.stringify({ metadata });
      let rewriteToken: string | undefined;
      for (;;) {
        const verdict = await ask('copy', from, { method: 'POST', path, query: { ...query, rewriteToken }, body });
        if (verdict.kind !== 'ok') return verdict;
        const step = parseRewrite(verdict.body);
        if (step === undefined) return misread(verdict.body);
        if ('generation' in step) return { kind: 'ok', object: { name: to, ...step, metadata } };
        rewriteToken = step.rewriteToken;
      }
    },

    async patch(name, changes, pin) {
      const query = { ...conditionsOf(pin), fields: OBJECT_FIELDS };
      const body = JSON.stringify({ metadata: changes });
      const verdict = await ask('patch', name, { method: 'PATCH', path: pathOf(name), query, body });
      if (verdict.kind !== 'ok') return verdict;
      const object = parseObject(verdict.body);
      return object ? { kind: 'ok', object } : misread(verdict.body);
    },

    delete(name, pin): Promise<Deleted> {
      return ask('delete', name, { method: 'DELETE', path: pathOf(name), query: { ...conditionsOf(pin) } });
    },
  };

  function pathOf(name: string): string {
    // A malformed name cannot be encoded; `ask` refuses it before anything is sent.
    return `${objects}/${name.isWellFormed() ? encodeURIComponent(name) : ''}`;
  }
}

/** Throws where no retry mends what is wrong. `describe` puts what was asked for into words, where that is needed. */
function judge(describe: () => string, answer: GcsAnswer): Verdict {
  if (answer.kind === 'silent') return { kind: 'unknown', cause: answer.cause };
  const { status, body, message } = answer;
  if (status >= 200 && status < 300) return { kind: 'ok', body };
  switch (status) {
    case 404:
      // An object that is missing is an answer; a bucket that is missing is a queue that does not exist.
      if (!/bucket does not exist/i.test(message)) return { kind: 'missing' };
      throw new QueueError('unavailable', `the bucket does not exist, cannot ${describe()}`, new Error(message));
    case 412:
      return { kind: 'lost' };
    case 429:
      return { kind: 'throttled' };
    case 400:
      throw new QueueError('invalid', `cloud storage refused the request (400 ${message}), cannot ${describe()}`);
    case 401:
    case 403:
      throw new QueueError('unavailable', `no permission (${status} ${message}), cannot ${describe()}`);
    default:
      return {
        kind: 'unknown',
        cause: new Error(`cloud storage answered ${status} ${message}, could not ${describe()}`),
      };
  }
}

function misread(body: unknown): Written {
  return { kind: 'unknown', cause: new Error('cloud storage answered something else than an object', { cause: body }) };
}

function sourceConditionsOf(pin: Pin) {
  const { ifGenerationMatch, ifMetagenerationMatch } = conditionsOf(pin);
  return { ifSourceGenerationMatch: ifGenerationMatch, ifSourceMetagenerationMatch: ifMetagenerationMatch };
}

function emptyUpload(metadata: Readonly<Record<string, string>>): string {
  return [
    `--${BOUNDARY}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify({ metadata }),
    `--${BOUNDARY}`,
    'Content-Type: application/octet-stream',
    '',
    '',
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n');
}
