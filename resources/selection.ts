import type { ResourceContext } from './context.ts';
import type { Kind } from './core/kind.ts';
import { type LabelSelector, matchesLabels } from './core/labels.ts';
import { ATTRIBUTE, kindPrefix, resourceName, uidIn } from './core/layout.ts';
import { invalid } from './errors.ts';
import { listing } from './listing.ts';
import { ownedBy } from './owned.ts';
import type { ListedDocument } from './ports/documents.ts';

export interface Selection {
  readonly labels?: LabelSelector;
  /** UID of an owner. */
  readonly owner?: string;
  /** Values of the kind's index. */
  readonly where?: Readonly<Record<string, string>>;
  /** Only UIDs behind this one. */
  readonly after?: string;
}

/**
 * UIDs of a kind in order, without reading any of them. Where an owner is given, all else is for the reader to check. Throws
 * `Invalid` for what the kind is not indexed by: nothing would ever match.
 */
export async function* uidsOf(context: ResourceContext, kind: Kind, selection: Selection): AsyncGenerator<string> {
  const { owner, after, where = {} } = selection;
  const unknown = Object.keys(where).filter((name) => !kind.indexNames.includes(name));
  if (unknown.length > 0) throw invalid(unknown.map((name) => notIndexed(kind, name)));
  if (owner !== undefined) {
    for (const { uid } of await ownedBy(context, owner, kind.name)) if (after === undefined || uid > after) yield uid;
    return;
  }
  // "!" sorts right behind the name itself.
  const startOffset = after === undefined ? undefined : `${resourceName(kind.name, after)}!`;
  const query = { prefix: kindPrefix(kind.name), ...(startOffset !== undefined && { startOffset }) };
  for await (const document of listing(context.documents, query)) {
    const uid = uidIn(document.name);
    if (uid !== undefined && matches(document, selection)) yield uid;
  }
}

function notIndexed({ name: kind, indexNames }: Kind, name: string): string {
  const allowed = indexNames.length === 0 ? 'it has no index' : `allowed are: ${indexNames.join(' ')}`;
  return `${kind} is not indexed by ${JSON.stringify(name)}: ${allowed}`;
}

function matches({ attributes }: ListedDocument, { labels, where = {} }: Selection): boolean {
  if (labels && !matchesLabels(labels, textsIn(attributes[ATTRIBUTE.labels]))) return false;
  const index = textsIn(attributes[ATTRIBUTE.index]);
  return Object.entries(where).every(([name, value]) => index[name] === value);
}

/** What others wrote there may be anything. */
function textsIn(json: string | undefined): Record<string, string> {
  try {
    return JSON.parse(json ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}
