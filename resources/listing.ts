import type { DocumentQuery, Documents, ListedDocument } from './ports/documents.ts';

/** All documents of a listing, page after page, sorted by the UTF-8 bytes of their names. */
export async function* listing(
  documents: Documents,
  query: Omit<DocumentQuery, 'pageToken'>,
): AsyncGenerator<ListedDocument> {
  let pageToken: string | undefined;
  do {
    const page = await documents.list({ ...query, ...(pageToken !== undefined && { pageToken }) });
    yield* page.documents;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
