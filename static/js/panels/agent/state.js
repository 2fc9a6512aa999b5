// How the model is, how much there is to learn from, and what the last training came to.

import { el } from '../../dom.js';

export function drawState(place, { model, own_messages: own, needed, report }) {
  const words = {
    loading: 'Agents are still waking up.',
    ready: `Awake, speaking with ${model.name}.`,
    failed: 'Agents cannot speak at the moment.',
  }[model.state] ?? model.state;
  const learnt = own >= needed
    ? `It learns every night from what you write; so far you have written ${own} messages.`
    : `It needs ${needed} messages of yours before it learns to speak like you; so far there are ${own}.`;
  place.replaceChildren(
    el('p', {}, el('span', { class: 'agent-mark' }), ` ${words}`),
    model.note ? el('p', { class: 'note', textContent: model.note }) : '',
    el('progress', { max: needed, value: Math.min(own, needed), 'aria-label': 'Messages to learn from' }),
    el('p', { textContent: learnt }),
    report ? reportElement(report) : '',
  );
}

/** What the last training came to, how many messages it went by, and which it left out and why. */
function reportElement({ time, reason, messages, left_out: leftOut, left_out_because: because }) {
  const when = new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const count = messages === 1 ? '1 message' : `${messages} messages`;
  const words = messages || leftOut
    ? `The last training (${when}) went by ${count} of yours and left out ${leftOut}${leftOut ? ':' : '.'}`
    : `The last training was at ${when}.`;
  return el('section', { class: 'note report', 'aria-label': 'The last training' },
    el('p', { textContent: words }),
    leftOut ? el('ul', {}, ...because.map((words) => el('li', { textContent: words }))) : '',
    el('p', { textContent: reason }));
}
