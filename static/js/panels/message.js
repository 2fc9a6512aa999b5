// One message of a conversation, with what one may do to it.

import { agentMark, el, icon } from '../page/dom.js';
import { locale, t } from '../page/lang.js';
import { mentionsOf } from '../chat/mentions.js';
import { forgetMessageButton, forgetPersonButton } from './forgetting.js';
import { shunButtons } from './shunned.js';

/**
 * @param {import('../chat/chat.js').Message} message
 * @param {{you: number, me: string, chat: import('../chat/chat.js').Chat, onName: (id: number, name: string) => void}} context
 */
export function messageElement(message, context) {
  const own = message.sender === context.you;
  const classes = ['message', own && 'own', message.agent && 'by-agent', context.chat.isMentioned(message) && 'mentions-me', message.state].filter(Boolean).join(' ');
  const node = el('article', { class: classes });
  node.append(head(message, own, node, context));
  if (message.quote) node.append(quote(message, context.chat));
  node.append(el('p', { class: 'text', dir: 'auto' }, ...marked(message.text, own ? '' : context.me)));
  if (message.state === 'failed') node.append(failure(message, context.chat));
  if (message.drafts?.length) node.append(choice(message, context.chat));
  else if (message.offers && message.agent && !own) node.append(another(message, context.chat));
  return node;
}

/** What this message replies to; it leads there. */
function quote({ quote: id, quoted_name: name, quoted }, chat) {
  const { channel, peer, name: talk } = chat.open;
  return el('button', { class: 'plain quote', type: 'button', dir: 'auto', title: t('chat.show_quoted'), onclick: () => chat.showMessage({ channel, peer, name: talk, id }) },
    el('bdi', { class: 'name', textContent: name }), ' ', el('bdi', { textContent: quoted }));
}

/** The text, with the player's own @name marked. */
function marked(text, name) {
  const parts = [];
  let done = 0;
  for (const [start, end] of mentionsOf(text, name)) {
    parts.push(text.slice(done, start), el('mark', { textContent: text.slice(start, end) }));
    done = end;
  }
  return [...parts, text.slice(done)];
}

/** The hour as it is written here; to make a format takes longer than the rest of a message. */
let format = null;
const clock = () => (format ??= new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' }));

function head(message, own, node, { onName, chat }) {
  const name = own && !message.agent
    ? el('span', { class: 'name', textContent: t('chat.you') })
    : el('button', { class: 'plain name', type: 'button', dir: 'auto', textContent: message.name, title: t('chat.talk_to', message), onclick: () => onName(message.sender, message.name) });
  const when = new Date(message.time);
  const time = el('time', { dateTime: when.toISOString(), textContent: clock().format(when), title: when.toLocaleString(locale()) });
  const judged = own && !message.agent // nobody likes their own words; what others made of them is shown
    ? [verdict(1, t('chat.liked_by', { count: message.likes }), message.likes), verdict(-1, t('chat.disliked_by', { count: message.dislikes }), message.dislikes)]
    : [reaction(message, 1, t('chat.like'), message.likes, chat), reaction(message, -1, t('chat.dislike'), message.dislikes, chat)];
  const reactions = message.id ? judged : [];
  return el('header', {}, name, message.agent ? agentMark(message.name) : null, time, ...reactions, message.id ? more(message, own, node, chat) : null);
}

/** A button that opens and closes what else one may do: reply, mute, block, report, forget. */
function more(message, own, node, chat) {
  const button = el('button', { class: 'reaction more', type: 'button', 'aria-expanded': 'false', 'aria-label': t('chat.more'), title: t('chat.more'), textContent: '⋯', onclick: () => {
    const open = node.querySelector('.acts');
    button.setAttribute('aria-expanded', String(!open));
    if (open) open.remove();
    else {
      const reply = el('button', { class: 'small', type: 'button', textContent: t('chat.reply'), onclick: () => {
        const shown = reply.closest('.message'); // drawn anew, perhaps, since these acts were opened
        shown.querySelector('.more').setAttribute('aria-expanded', 'false');
        shown.querySelector('.acts').remove();
        chat.reply(message);
      } });
      const acts = el('div', { class: 'acts judge' }, reply, own ? (message.agent ? null : forgetMessageButton(message, chat)) : shunButtons(message, chat),
        own ? null : forgetPersonButton({ id: message.sender, name: message.name }, chat));
      node.append(acts);
      acts.scrollIntoView({ block: 'nearest' });
    }
  } });
  return button;
}

function failure(message, chat) {
  return el('p', { class: 'failure' }, `${t('chat.not_sent', message)} `,
    el('button', { class: 'link', type: 'button', textContent: t('chat.send_again'), onclick: () => chat.again(message) }));
}

function another(message, chat) {
  return el('button', {
    class: 'another', type: 'button', disabled: Boolean(message.asking),
    textContent: message.asking ? t('chat.thinking') : t('chat.another'), onclick: () => chat.opinions.another(message),
  });
}

function reaction(message, value, words, count, chat) {
  const pressed = message.mine === value;
  return el('button', {
    class: `reaction ${value > 0 ? 'up' : 'down'}${count ? ' counted' : ''}`, type: 'button', 'aria-pressed': String(pressed), 'aria-label': `${words} (${count})`,
    title: pressed ? t('chat.take_back') : words, onclick: () => chat.opinions.react(message, value),
  }, icon('like'), count ? String(count) : '');
}

function verdict(value, words, count) {
  if (!count) return null;
  return el('span', { class: `reaction ${value > 0 ? 'up' : 'down'} counted`, role: 'img', 'aria-label': words }, icon('like'), String(count));
}

function choice(message, chat) {
  const list = el('div', { class: 'choice', role: 'group', 'aria-label': t('chat.pick') });
  list.append(el('p', { textContent: t('chat.which') }));
  for (const draft of message.drafts) {
    list.append(el('button', { type: 'button', dir: 'auto', textContent: draft.text, onclick: () => chat.opinions.pick(message, draft) }));
  }
  return list;
}
