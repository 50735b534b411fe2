import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { parsePlace, type Place } from './place.ts';

/** Text, a place in the event, or the double brace that stands for one. */
const PART = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+/y;

/**
 * Reads a template such as `{bucket}/{name}`: the names of places in braces, `{value}` for what the rule's `from` names, `{{` and
 * `}}` for braces. Filled, it is `undefined` as soon as one of its places is absent: half a name names something else.
 */
export function parseTemplate(template: string, from: Place | undefined): Parsed<Place> {
  const parts: (string | Place)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < template.length) {
    const at = PART.lastIndex;
    const match = PART.exec(template);
    if (!match) return refused(`template has a brace that stands alone: template=${JSON.stringify(template)} at=${at}`);
    const [text, name] = match;
    if (name === undefined) parts.push(text === '{{' ? '{' : text === '}}' ? '}' : text);
    else if (name === 'value' && from) parts.push(from);
    else {
      const place = parsePlace(name);
      if (!place.ok) return refused(`template: ${place.problem}`);
      parts.push(place.value);
    }
  }
  if (parts.every((part) => typeof part === 'string')) {
    return refused(`template names no place of the event: template=${JSON.stringify(template)}`);
  }
  return accepted((event) => {
    const texts = parts.map((part) => (typeof part === 'string' ? part : part(event)));
    return texts.includes(undefined) ? undefined : texts.join('');
  });
}
