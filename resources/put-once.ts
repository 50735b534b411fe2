import { QueueError } from '../queue/errors.ts';
import { Patience } from '../queue/patience.ts';
import type { ResourceContext } from './context.ts';
import { type DocumentContent, NO_DOCUMENT } from './ports/documents.ts';

const BUDGET_MS = 20_000;

/**
 * Makes a document that says the same whoever makes it. `there`: one of this name was there before, or the write was made by a try
 * that got no answer. Throws `QueueError` `unavailable`.
 */
export async function putOnce(
  context: Pick<ResourceContext, 'documents' | 'clock' | 'random'>,
  name: string,
  content: DocumentContent,
): Promise<'made' | 'there'> {
  const patience = new Patience(context, BUDGET_MS);
  for (;;) {
    const written = await context.documents.put(name, content, NO_DOCUMENT);
    if (written.kind === 'ok') return 'made';
    if (written.kind === 'lost') return 'there';
    if (!(await patience.another(written.kind)))
      throw new QueueError('unavailable', `the store does not take a document: name=${JSON.stringify(name)}`);
  }
}
