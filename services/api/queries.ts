import type { Context } from 'hono';
import { parseLabelSelector } from '../../resources/core/labels.ts';
import { prefixOfUid } from '../../resources/core/uid.ts';
import type { ListQuery } from '../../resources/store.ts';
import { Refusal } from './failure.ts';

const MOST = 1000;
const KNOWN = new Set(['labelSelector', 'fieldSelector', 'owner', 'limit', 'after']);

/** What a list is to have. Throws a refusal that names what is wrong. */
export function listQuery(context: Context): ListQuery {
  const given = context.req.query();
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    throw new Refusal(400, `there is no list parameter ${JSON.stringify(unknown)}; known are: ${[...KNOWN].join(' ')}`);
  }
  const { labelSelector, fieldSelector, owner, limit, after } = given;
  const labels = labelSelector === undefined ? undefined : parseLabelSelector(labelSelector);
  if (labels && !labels.ok) throw new Refusal(400, labels.problem);
  const number = limit === undefined ? undefined : Number(limit);
  if (number !== undefined && !(Number.isInteger(number) && number >= 1 && number <= MOST)) {
    throw new Refusal(400, `limit must be a whole number from 1 to ${MOST}: limit=${limit}`);
  }
  for (const [name, uid] of Object.entries({ owner, after })) {
    if (uid !== undefined && prefixOfUid(uid) === undefined)
      throw new Refusal(400, `${name} must be a UID: ${name}=${uid}`);
  }
  return {
    ...(labels && { labels: labels.value }),
    ...(fieldSelector !== undefined && { where: fieldsIn(fieldSelector) }),
    ...(owner !== undefined && { owner }),
    ...(after !== undefined && { after }),
    ...(number !== undefined && { limit: number }),
  };
}

function fieldsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((term) => {
      const at = term.indexOf('=');
      if (at < 1)
        throw new Refusal(400, `fieldSelector is terms like templateUID=rktmpl-1 with commas in between: ${term}`);
      return [term.slice(0, at), term.slice(at + 1)];
    }),
  );
}
