// One message of a conversation, with what one may do to it.

import { agentMark, el, icon } from '../dom.js';
import { locale, t } from '../lang.js';

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
    ? el('span', { class: 'name', textContent: t('chat.you') })
    : el('button', { class: 'plain name', type: 'button', dir: 'auto', textContent: message.name, title: t('chat.talk_to', message), onclick: () => onName(message.sender, message.name) });
  const when = new Date(message.time);
  const time = el('time', { dateTime: when.toISOString(), textContent: when.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' }), title: when.toLocaleString(locale()) });
  const reactions = message.id ? [reaction(message, 1, t('chat.like'), message.likes, chat), reaction(message, -1, t('chat.dislike'), message.dislikes, chat)] : [];
  return el('header', {}, name, message.agent ? agentMark(message.name) : null, time, ...reactions);
}

function failure(message, chat) {
  return el('p', { class: 'failure' }, `${t('chat.not_sent', message)} `,
    el('button', { class: 'link', type: 'button', textContent: t('chat.send_again'), onclick: () => chat.again(message) }));
}

function another(message, chat) {
  return el('button', {
    class: 'another', type: 'button', disabled: Boolean(message.asking),
    textContent: message.asking ? t('chat.thinking') : t('chat.another'), onclick: () => chat.another(message),
  });
}

function reaction(message, value, words, count, chat) {
  const pressed = message.mine === value;
  return el('button', {
    class: `reaction ${value > 0 ? 'up' : 'down'}${count ? ' counted' : ''}`, type: 'button', 'aria-pressed': String(pressed), 'aria-label': `${words} (${count})`,
    title: pressed ? t('chat.take_back') : words, onclick: () => chat.react(message, value),
  }, icon('like'), count ? String(count) : '');
}

function choice(message, chat) {
  const list = el('div', { class: 'choice', role: 'group', 'aria-label': t('chat.pick') });
  list.append(el('p', { textContent: t('chat.which') }));
  for (const draft of message.drafts) {
    list.append(el('button', { type: 'button', dir: 'auto', textContent: draft.text, onclick: () => chat.pick(message, draft) }));
  }
  return list;
}
