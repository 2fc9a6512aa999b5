// One message of a conversation, with what one may do to it.

import { agentMark, el, icon } from '../dom.js';

/**
 * @param {import('../chat.js').Message} message
 * @param {{you: number, chat: import('../chat.js').Chat, onName: (id: number, name: string) => void}} context
 */
export function messageElement(message, context) {
  const own = message.sender === context.you;
  const classes = ['message', own && 'own', message.agent && 'by-agent', message.state].filter(Boolean).join(' ');
  const node = el('article', { class: classes });
  node.append(head(message, own, context), el('p', { class: 'text', dir: 'auto', textContent: message.text }));
  if (message.state === 'failed') node.append(failure(message, context.chat));
  if (message.drafts?.length) node.append(choice(message, context.chat));
  else if (message.offers && message.agent && !own) node.append(another(message, context.chat));
  return node;
}

function head(message, own, { onName, chat }) {
  const name = own && !message.agent
    ? el('span', { class: 'name', textContent: 'You' })
    : el('button', { class: 'plain name', type: 'button', dir: 'auto', textContent: message.name, title: `Talk to ${message.name}`, onclick: () => onName(message.sender, message.name) });
  const when = new Date(message.time);
  const time = el('time', { dateTime: when.toISOString(), textContent: when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }), title: when.toLocaleString() });
  const reactions = message.id ? [reaction(message, 1, 'Like', message.likes, chat), reaction(message, -1, 'Dislike', message.dislikes, chat)] : [];
  return el('header', {}, name, message.agent ? agentMark(message.name) : null, time, ...reactions);
}

function failure(message, chat) {
  return el('p', { class: 'failure' }, `Not sent: ${message.reason} `,
    el('button', { class: 'link', type: 'button', textContent: 'Send again', onclick: () => chat.again(message) }));
}

function another(message, chat) {
  return el('button', {
    class: 'another', type: 'button', disabled: Boolean(message.asking),
    textContent: message.asking ? 'The agent thinks again …' : 'Another answer', onclick: () => chat.another(message),
  });
}

function reaction(message, value, words, count, chat) {
  const pressed = message.mine === value;
  return el('button', {
    class: `reaction ${value > 0 ? 'up' : 'down'}${count ? ' counted' : ''}`, type: 'button', 'aria-pressed': String(pressed), 'aria-label': `${words} (${count})`,
    title: pressed ? 'Take it back' : words, onclick: () => chat.react(message, value),
  }, icon('like'), count ? String(count) : '');
}

function choice(message, chat) {
  const list = el('div', { class: 'choice', role: 'group', 'aria-label': 'Pick the better answer' });
  list.append(el('p', { textContent: 'Which answer is better?' }));
  for (const draft of message.drafts) {
    list.append(el('button', { type: 'button', dir: 'auto', textContent: draft.text, onclick: () => chat.pick(message, draft) }));
  }
  return list;
}
