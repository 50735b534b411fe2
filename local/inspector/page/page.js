import { ask } from './actions.js';
import { byId, clock, el, number, span } from './dom.js';
import { throughput, waits } from './plots.js';
import { closeStory, openStory, refreshStory } from './story.js';

const REFRESH_MS = 1_500;
/** Of a long key its end is always seen: there keys differ. */
const TAIL = 14;

/** The groups, with what the age of a key means in each. */
const GROUPS = [
  ['eligible', (row, now) => span(now - row.atMs)],
  ['waiting', (row, now) => `in ${span(row.atMs - now)}`],
  ['running', (row, now) => span(now - row.atMs)],
  ['dead', (row, now) => span(now - row.atMs)],
];
const TITLES = { eligible: 'eligible', waiting: 'waiting', running: 'running', dead: 'dead letters' };
const OLDEST = { eligible: 'oldest waits', waiting: 'next in', running: 'longest for', dead: 'oldest since' };

let state;

function rowNote(row, age, now) {
  return [
    row.priority > 0 && `p${row.priority}`,
    row.cause === undefined && row.attempts > 0 && `#${row.attempts}`,
    row.cause,
    row.atMs !== undefined && age(row, now),
  ]
    .filter(Boolean)
    .join('  ');
}

function keyItem(row, age, now) {
  const button = el(
    'button',
    {
      type: 'button',
      name: row.lastError ? 'trouble' : '',
      title: [row.key, row.lastError].filter(Boolean).join('\n'),
    },
    el(
      'span',
      { name: 'name' },
      el('span', { name: 'head', text: row.key.slice(0, -TAIL) }),
      el('span', { text: row.key.slice(-TAIL) }),
    ),
    el('span', { name: 'note', text: rowNote(row, age, now) }),
  );
  button.dataset.key = row.key;
  button.addEventListener('click', () => openStory(row.key));
  return el('li', {}, button);
}

function groupBox([name, age], { snapshot, nowMs, concurrency }) {
  const { count, oldestMs, keys } = snapshot[name];
  const again = snapshot.touched > 0 ? `, ${number(snapshot.touched)} will run again` : '';
  const limit = name === 'running' ? ` of ${number(concurrency)}${again}` : '';
  const oldest = oldestMs === undefined ? '' : `${OLDEST[name]} ${span(Math.abs(nowMs - oldestMs))}`;
  const box = el('article', { id: `group-${name}` });
  box.append(
    el('h2', {}, el('span', { text: TITLES[name] }), el('span', { text: oldest })),
    el('div', { name: 'count', text: number(count) }, el('small', { text: limit })),
    el(
      'ul',
      {},
      ...keys.map((row) => keyItem(row, age, nowMs)),
      count > keys.length && byId('find').value === ''
        ? el('li', { name: 'faint', text: `and ${number(count - keys.length)} more` })
        : '',
    ),
  );
  return box;
}

/** The lists are made anew; who stood on a key or had scrolled stays there. */
function showGroups() {
  const focused = document.activeElement?.dataset?.key;
  const group = document.activeElement?.closest?.('article')?.id;
  const scrolled = new Map(
    [...document.querySelectorAll('#groups article')].map((box) => [box.id, box.querySelector('ul').scrollTop]),
  );
  byId('groups').replaceChildren(...GROUPS.map((each) => groupBox(each, state)));
  for (const [id, top] of scrolled) byId(id).querySelector('ul').scrollTop = top;
  if (focused === undefined) return;
  const same = [...document.querySelectorAll('#groups [data-key]')].filter(({ dataset }) => dataset.key === focused);
  (same.find((button) => button.closest('article').id === group) ?? same[0])?.focus({ preventScroll: true });
}

function transitionRow(seen) {
  const key = el('button', { type: 'button', text: seen.key });
  key.addEventListener('click', () => openStory(seen.key));
  return el(
    'tr',
    { name: seen.trouble ? 'trouble' : '' },
    el('td', { text: clock(seen.atMs) }),
    el('td', {}, key),
    el('td', { text: seen.step }),
    el('td', { text: seen.detail }),
  );
}

function pausedText({ untilMs, reason, by }) {
  const what = [by && `by ${by}`, untilMs && `until ${clock(untilMs)}`, reason && `: ${reason}`]
    .filter(Boolean)
    .join(' ');
  return `the queue is paused ${what}`.replace(' :', ':');
}

function show() {
  const { nowMs, addresses, problem, snapshot, recent, bars } = state;
  byId('clock').textContent = clock(nowMs);
  byId('problem').textContent = problem ? `the bucket cannot be read: ${problem}` : '';
  byId('paused').textContent = snapshot?.pause ? pausedText(snapshot.pause) : '';
  byId('pause').firstChild.textContent = snapshot?.pause ? 'resume ' : 'pause ';
  if (snapshot) showGroups();
  byId('throughput').replaceChildren(...throughput(bars));
  byId('waits').replaceChildren(...waits(bars));
  const find = byId('find').value;
  const told = find === '' ? recent : recent.filter(({ key, detail }) => key.includes(find) || detail.includes(find));
  byId('recent').replaceChildren(...told.map(transitionRow));
  byId('addresses').replaceChildren(
    ...addresses.map(({ service, address, note }) =>
      el('tr', {}, el('td', { text: service }), el('td', { text: address }), el('td', { text: note })),
    ),
  );
}

let looking = false;
async function look() {
  if (looking) return;
  looking = true;
  try {
    const response = await fetch(`state.json?find=${encodeURIComponent(byId('find').value)}`);
    state = await response.json();
    show();
    await refreshStory();
  } catch {
    byId('problem').textContent = 'the stack does not answer: is npm start still running?';
  }
  looking = false;
}

async function live() {
  if (!document.hidden) await look();
  setTimeout(live, REFRESH_MS);
}

const addKey = () => ask({ verb: 'add', key: byId('find').value }, look);
const pauseOrResume = () => ask({ verb: state?.snapshot?.pause ? 'resume' : 'pause' }, look);
const help = () => byId('help-dialog').showModal();

/** Moves to another key: `steps` in the list, or to the list `lists` further. */
function move(steps, lists) {
  const boxes = [...document.querySelectorAll('#groups article')].map((box) => [...box.querySelectorAll('[data-key]')]);
  const column = boxes.findIndex((buttons) => buttons.includes(document.activeElement));
  if (column === -1) {
    boxes.find((buttons) => buttons.length > 0)?.[0].focus();
    return;
  }
  if (lists === 0) {
    boxes[column][boxes[column].indexOf(document.activeElement) + steps]?.focus();
    return;
  }
  for (let next = column + lists; next >= 0 && next < boxes.length; next += lists) {
    if (boxes[next].length > 0) return boxes[next][0].focus();
  }
}

const KEYS = {
  '/': () => byId('find').focus(),
  j: () => move(1, 0),
  k: () => move(-1, 0),
  h: () => move(0, -1),
  l: () => move(0, 1),
  a: addKey,
  p: pauseOrResume,
  '?': help,
  Escape: closeStory,
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const typing = event.target instanceof HTMLInputElement;
  if (typing && event.key === 'Escape') return event.target.blur();
  const act = KEYS[event.key];
  if (typing || !act) return;
  event.preventDefault();
  act();
});
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  if (byId('find').value) void openStory(byId('find').value);
});
byId('find').addEventListener('input', () => look());
byId('add').addEventListener('click', addKey);
byId('pause').addEventListener('click', pauseOrResume);
byId('help').addEventListener('click', help);
void live();
