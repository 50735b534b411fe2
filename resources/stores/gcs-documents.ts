import type { Storage } from '@google-cloud/storage';
import { asError, QueueError } from '../../queue/errors.ts';
import { Patience } from '../../queue/patience.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { problemOfName } from '../../queue/stores/object-name.ts';
import type { DocumentDeleted, DocumentPage, Documents, DocumentWritten, StoredDocument } from '../ports/documents.ts';
import { type DocumentAnswer, type DocumentRequest, documentRequests } from './document-requests.ts';

/** Boundary of an upload. JSON has no line breaks of its own, so no line of it can be one. */
const BOUNDARY = 'levelset';

export interface GcsDocumentsOptions {
  readonly storage: Storage;
  readonly bucket: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Default 20 s: a write is `unknown` then, a read is tried again. */
  readonly timeoutMs?: number;
  /** How long a read is tried again before it throws. Default 60 s. */
  readonly readBudgetMs?: number;
}

type Verdict =
  | { readonly kind: 'ok'; readonly answer: DocumentAnswer }
  | { readonly kind: 'lost' | 'missing' | 'throttled' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** Documents on Cloud Storage. A write is sent exactly once, as in the queue's store, and for the same reason. */
export function gcsDocuments(options: GcsDocumentsOptions): Documents {
  const { storage, bucket, clock, random, timeoutMs = 20_000, readBudgetMs = 60_000 } = options;
  const send = documentRequests(storage, clock, timeoutMs);
  const objects = `/storage/v1/b/${encodeURIComponent(bucket)}/o`;

  async function ask(what: string, request: DocumentRequest): Promise<Verdict> {
    let answer: DocumentAnswer;
    try {
      answer = await send(request);
    } catch (cause) {
      return { kind: 'unknown', cause };
    }
    return judge(`${what}, bucket=${JSON.stringify(bucket)}`, answer);
  }

  async function read<T>(what: string, request: DocumentRequest, parse: (answer: DocumentAnswer) => T) {
    const patience = new Patience({ clock, random }, readBudgetMs);
    for (;;) {
      const verdict = await ask(what, request);
      if (verdict.kind === 'missing') return undefined;
      if (verdict.kind === 'ok') return parse(verdict.answer);
      if (!(await patience.another(verdict.kind === 'throttled' ? 'throttled' : 'unknown'))) {
        const cause = verdict.kind === 'unknown' ? verdict.cause : verdict;
        throw new QueueError('unavailable', `cloud storage does not answer, cannot ${what}`, cause);
      }
    }
  }

  return {
    get(name) {
      const path = pathOf(objects, name);
      return read(`read ${name}`, { method: 'GET', path, query: { alt: 'media' } }, (answer): StoredDocument => {
        if (answer.generation === undefined)
          throw new QueueError('internal', `cloud storage did not say of which generation it is: name=${name}`);
        return { name, generation: answer.generation, body: parseJson(name, answer.text) };
      });
    },

    async put(name, { body, attributes = {} }, generation): Promise<DocumentWritten> {
      const verdict = await ask(`write ${checked(name)}`, {
        method: 'POST',
        path: `/upload${objects}`,
        query: { uploadType: 'multipart', name, ifGenerationMatch: generation, fields: 'generation' },
        contentType: `multipart/related; boundary=${BOUNDARY}`,
        body: upload(JSON.stringify(body), attributes),
      });
      if (verdict.kind !== 'ok') return verdict.kind === 'unknown' ? verdict : { kind: refusal(verdict.kind) };
      const written = generationIn(verdict.answer.text);
      return written === undefined
        ? { kind: 'unknown', cause: new Error('cloud storage answered something else than an object') }
        : { kind: 'ok', generation: written };
    },

    async delete(name, generation): Promise<DocumentDeleted> {
      const path = pathOf(objects, name);
      const verdict = await ask(`delete ${name}`, { method: 'DELETE', path, query: { ifGenerationMatch: generation } });
      return verdict.kind === 'ok' ? { kind: 'ok' } : verdict;
    },

    async list({ prefix, startOffset, pageToken, maxResults }) {
      const fields = 'items(name,generation,metadata),nextPageToken';
      const query = { prefix, startOffset, pageToken, maxResults, fields };
      const page = await read(`list ${prefix}`, { method: 'GET', path: objects, query }, ({ text }) => pageIn(text));
      if (page === undefined) throw new QueueError('unavailable', `there is no such bucket: bucket=${bucket}`);
      return page;
    },
  };
}

function pathOf(objects: string, name: string): string {
  return `${objects}/${encodeURIComponent(checked(name))}`;
}

function checked(name: string): string {
  const problem = problemOfName(name);
  if (problem) throw new QueueError('invalid', problem);
  return name;
}

/** Throws where no retry mends what is wrong. */
function judge(what: string, answer: DocumentAnswer): Verdict {
  const { status, text } = answer;
  const said = () => text.slice(0, 200);
  if (status >= 200 && status < 300) return { kind: 'ok', answer };
  switch (status) {
    case 404:
      if (!/bucket does not exist/i.test(text)) return { kind: 'missing' };
      throw new QueueError('unavailable', `the bucket does not exist, cannot ${what}`, new Error(said()));
    case 412:
      return { kind: 'lost' };
    case 429:
      return { kind: 'throttled' };
    case 400:
      throw new QueueError('invalid', `cloud storage refused the request (400 ${said()}), cannot ${what}`);
    case 401:
    case 403:
      throw new QueueError('unavailable', `no permission (${status} ${said()}), cannot ${what}`);
    default:
      return { kind: 'unknown', cause: new Error(`cloud storage answered ${status} ${said()}, could not ${what}`) };
  }
}

/** A write to a certain generation of what is not there is lost. */
function refusal(kind: 'lost' | 'missing' | 'throttled'): 'lost' | 'throttled' {
  return kind === 'throttled' ? kind : 'lost';
}

function upload(body: string, attributes: Readonly<Record<string, string>>): string {
  return [
    `--${BOUNDARY}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify({ contentType: 'application/json', metadata: attributes }),
    `--${BOUNDARY}`,
    'Content-Type: application/json',
    '',
    body,
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n');
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new QueueError('corrupt', `the object does not hold JSON: name=${JSON.stringify(name)}`, asError(cause));
  }
}

function generationIn(text: string): string | undefined {
  const { generation } = parseJson('the answer to a write', text) as { generation?: unknown };
  return typeof generation === 'string' ? generation : undefined;
}

interface Item {
  readonly name: string;
  readonly generation: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

function pageIn(text: string): DocumentPage {
  const { items = [], nextPageToken } = parseJson('a listing', text) as { items?: Item[]; nextPageToken?: string };
  const documents = items.map(({ name, generation, metadata = {} }) => ({ name, generation, attributes: metadata }));
  return nextPageToken === undefined ? { documents } : { documents, nextPageToken };
}
