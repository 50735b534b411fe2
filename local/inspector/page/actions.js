import { byId, el } from './dom.js';

const TITLES = {
  add: 'add a key',
  'run-now': 'run it now',
  release: 'end the lease: the run is told to stop, the key is queued again',
  redrive: 'queue the dead letter again, with attempts 0',
  drop: 'remove the queued key: it will not run',
  'drop-dead': 'remove the dead letter',
  pause: 'pause: starts nothing, accepts everything',
  resume: 'resume',
};

async function post(path, action) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(action),
  });
  return response.json();
}

function field(name, label, value, attributes = {}) {
  const input = el('input', { value, id: `field-${name}`, autocomplete: 'off', spellcheck: false, ...attributes });
  return el('label', { text: label }, input);
}

/** Asks for what the action needs, shows the command that does the same, and does it. */
export function ask(action, done) {
  const dialog = byId('dialog');
  byId('dialog-title').textContent =
    action.key && action.verb !== 'add' ? `${TITLES[action.verb]}: ${action.key}` : TITLES[action.verb];
  byId('dialog-problem').textContent = '';
  byId('dialog-command').textContent = '';
  const adding = action.verb === 'add';
  byId('dialog-fields').replaceChildren(
    ...(adding
      ? [
          field('key', 'key', action.key ?? '', { required: true, maxLength: 1000 }),
          field('priority', 'priority (0 is normal)', '', { inputMode: 'numeric', pattern: '[0-9]{0,8}' }),
        ]
      : []),
    field('reason', adding ? 'reason (may be empty)' : 'reason, for the audit', '', {
      required: !adding,
      maxLength: 500,
    }),
  );
  const valueOf = (name) => byId(`field-${name}`)?.value ?? '';
  const whole = () => ({
    verb: action.verb,
    ...(adding ? { key: valueOf('key') } : action.key === undefined ? {} : { key: action.key }),
    ...(valueOf('priority') === '' ? {} : { priority: Number(valueOf('priority')) }),
    ...(valueOf('reason') === '' ? {} : { reason: valueOf('reason') }),
  });
  const preview = async () => {
    // A reason that is still to be written is shown as dots.
    const { command, problem } = await post('command', { ...(adding ? {} : { reason: '...' }), ...whole() });
    byId('dialog-command').textContent = command ?? problem;
  };
  byId('dialog-fields').oninput = preview;
  byId('dialog-cancel').onclick = () => dialog.close();
  byId('dialog-form').onsubmit = async (event) => {
    event.preventDefault();
    byId('dialog-go').disabled = true;
    try {
      const { exitCode, output, problem } = await post('act', whole());
      if (exitCode === 0) dialog.close();
      else byId('dialog-problem').textContent = problem ?? output;
    } catch {
      byId('dialog-problem').textContent = 'the stack does not answer';
    }
    byId('dialog-go').disabled = false;
    await done();
  };
  dialog.showModal();
  byId('dialog-fields').querySelector('input').focus();
  void preview();
}
