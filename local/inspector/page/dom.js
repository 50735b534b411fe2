// Keys and errors are text of others: here they only ever become text, never markup.

/** An element with text, a class and children. */
export function el(tag, { text, name, title, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = visible(String(text));
  if (name) element.className = name;
  if (title) element.title = visible(String(title));
  Object.assign(element, properties);
  element.append(...children.filter((child) => child !== undefined && child !== ''));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Marks that reorder or hide text are shown as escapes, so that a key looks like what it is. */
function visible(text) {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Time of day of unix milliseconds. */
export const clock = (ms) => new Date(ms).toTimeString().slice(0, 8);

/** Milliseconds for people: `12 ms`, `4.2 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

export const number = new Intl.NumberFormat('en').format;
