import { ask } from './actions.js';
import { byId, clock, el, span } from './dom.js';

let shown;
let cameFrom;

export async function openStory(key) {
  cameFrom ??= document.activeElement;
  shown = key;
  await refreshStory();
  byId('story').querySelector('button')?.focus();
}

export function closeStory() {
  if (shown === undefined) return;
  shown = undefined;
  byId('story').hidden = true;
  cameFrom?.focus?.();
  cameFrom = undefined;
}

/** Which actions make sense for a key, given where it lies. */
function actionsFor(entries) {
  const states = new Set(entries.map(({ state }) => state));
  const actions = [];
  if (states.has('queued')) actions.push(['run-now', 'run now'], ['drop', 'drop']);
  if (states.has('running')) actions.push(['release', 'release the lease']);
  if (states.has('dead')) actions.push(['redrive', 'redrive'], ['drop-dead', 'drop the dead letter']);
  return actions.length > 0 ? actions : [['add', 'add']];
}

function entryTable({ state, metadata, problems }) {
  const rows = Object.entries(metadata).map(([name, value]) =>
    el(
      'tr',
      {},
      el('td', { text: name }),
      el('td', { text: name === 'first-queued' ? `${value}  (${clock(Number(value))})` : value }),
    ),
  );
  return [
    el('h3', { text: `${state} in the bucket` }),
    el('table', {}, el('tbody', {}, ...rows)),
    ...problems.map((problem) => el('p', { name: 'trouble', text: problem })),
  ];
}

/** Every transition, with how long after the one before it came. */
function transitionTable(transitions) {
  const rows = transitions.map((seen, index) => {
    const before = transitions[index - 1];
    const after = before === undefined ? '' : `+${span(seen.atMs - before.atMs)}`;
    return el(
      'tr',
      { name: seen.trouble ? 'trouble' : '' },
      el('td', { text: clock(seen.atMs) }),
      el('td', { text: after }),
      el('td', { text: seen.step }),
      el('td', { text: seen.detail }),
    );
  });
  return el('table', { name: 'transitions' }, el('tbody', {}, ...rows));
}

export async function refreshStory() {
  if (shown === undefined) return;
  const asked = shown;
  const response = await fetch(`key.json?key=${encodeURIComponent(asked)}`);
  const story = await response.json();
  if (shown !== asked) return;
  const focused = document.activeElement?.dataset?.act;
  const close = el('button', { type: 'button', text: 'close ' }, el('kbd', { text: 'esc' }));
  close.dataset.act = 'close';
  close.addEventListener('click', closeStory);
  const parts = [el('div', { name: 'title' }, el('h2', { text: asked }), close)];
  if (story.problem) parts.push(el('p', { name: 'trouble', text: story.problem }));
  else {
    const buttons = actionsFor(story.entries).map(([verb, text]) => {
      const button = el('button', { type: 'button', text });
      button.dataset.act = verb;
      button.addEventListener('click', () => ask({ verb, key: asked }, refreshStory));
      return button;
    });
    parts.push(
      el('p', { text: story.why }),
      el('div', { name: 'buttons' }, ...buttons),
      ...story.entries.flatMap(entryTable),
      el('h3', { text: 'what happened since the stack was started' }),
      story.transitions.length === 0 ? el('p', { name: 'faint', text: 'nothing' }) : transitionTable(story.transitions),
    );
  }
  const panel = byId('story');
  panel.replaceChildren(...parts);
  panel.hidden = false;
  if (focused) panel.querySelector(`[data-act="${focused}"]`)?.focus();
}
