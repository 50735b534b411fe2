import type { Context } from 'hono';
import { isRecord } from '../../resources/core/merge-patch.ts';
import { Refusal } from './failure.ts';

/** What a POST or a PUT says: the name, labels and annotations, and the fields of the spec beside them. */
export interface FlatBody {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: Record<string, unknown>;
}

/** The JSON of a request, whatever it calls itself. */
export async function readJson(context: Context): Promise<unknown> {
  const text = await context.req.text();
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const problem = text.trim() === '' ? 'it is empty' : error instanceof Error ? error.message : 'it is not JSON';
    throw new Refusal(400, `invalid request body: ${problem}`);
  }
}

export async function readObject(context: Context): Promise<Record<string, unknown>> {
  const body = await readJson(context);
  if (!isRecord(body)) throw new Refusal(400, 'invalid request body: it is not a JSON object');
  return body;
}

export async function readFlat(context: Context): Promise<FlatBody> {
  const { name, labels, annotations, ...spec } = await readObject(context);
  const problems = [
    ...(name === undefined || typeof name === 'string' ? [] : ['name must be a string']),
    ...problemOfTexts('labels', labels),
    ...problemOfTexts('annotations', annotations),
  ];
  if (problems.length > 0) throw new Refusal(400, `invalid request body: ${problems.join('; ')}`);
  return {
    ...(typeof name === 'string' && { name }),
    ...(isRecord(labels) && { labels: labels as Record<string, string> }),
    ...(isRecord(annotations) && { annotations: annotations as Record<string, string> }),
    spec,
  };
}

function problemOfTexts(field: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (isRecord(value) && Object.values(value).every((each) => typeof each === 'string')) return [];
  return [`${field} must be an object of strings`];
}
