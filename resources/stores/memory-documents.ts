import { QueueError } from '../../queue/errors.ts';
import type { Bucket } from '../../queue/stores/bucket.ts';
import type { DocumentDeleted, Documents, DocumentWritten } from '../ports/documents.ts';

/** Documents in the bucket engine that the emulator runs on, in this process. Never failing, never unknown. */
export function memoryDocuments(bucket: Bucket): Documents {
  return {
    async get(name) {
      const found = bucket.get(name);
      if (found.kind === 'invalid') throw new QueueError('invalid', found.reason);
      if (found.kind !== 'ok') return undefined;
      const { generation, data } = found.object;
      return { name, generation, body: parseBody(name, new TextDecoder().decode(data)) };
    },
    async put(name, { body, attributes = {} }, generation): Promise<DocumentWritten> {
      const data = new TextEncoder().encode(JSON.stringify(body));
      const written = bucket.insert(name, { data, metadata: attributes }, { ifGenerationMatch: generation });
      switch (written.kind) {
        case 'ok':
          return { kind: 'ok', generation: written.object.generation };
        case 'throttled':
          return { kind: 'throttled' };
        case 'invalid':
          throw new QueueError('invalid', written.reason);
        case 'unmet':
        case 'missing':
          return { kind: 'lost' };
        default:
          return written satisfies never;
      }
    },
    async delete(name, generation): Promise<DocumentDeleted> {
      const deleted = bucket.delete(name, { ifGenerationMatch: generation });
      if (deleted.kind === 'invalid') throw new QueueError('invalid', deleted.reason);
      return deleted.kind === 'unmet' ? { kind: 'lost' } : { kind: deleted.kind };
    },
    async list(query) {
      const page = bucket.list(query);
      if (page.kind === 'invalid') throw new QueueError('invalid', page.reason);
      const documents = page.objects.map(({ name, generation, metadata }) => ({
        name,
        generation,
        attributes: metadata,
      }));
      return page.nextPageToken === undefined ? { documents } : { documents, nextPageToken: page.nextPageToken };
    },
  };
}

function parseBody(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new QueueError('corrupt', `the object does not hold JSON: name=${JSON.stringify(name)}`, cause);
  }
}
