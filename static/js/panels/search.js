// Search in what one has heard and read: the server looks, page by page, and each find leads to its place in the chat.

import { PRIVATE, WORLD } from '../chat/chat.js';
import { agentMark, el } from '../page/dom.js';
import { locale, t } from '../page/lang.js';
import { togglePanel } from './panel.js';

/** @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, chat: import('../chat/chat.js').Chat}} parts */
export function openSearch({ net, world, chat }) {
  togglePanel(t('search.title'), (body) => {
    const field = el('input', { type: 'search', dir: 'auto', maxLength: net.codec.longest('search', 'words'), required: true, 'aria-label': t('search.words'), placeholder: t('search.words') });
    const list = el('div', { class: 'finds' });
    const state = el('p', { class: 'empty', role: 'status' });
    const more = el('button', { class: 'link', type: 'button', textContent: t('search.further'), hidden: true });
    let looked = 0; // the number of this search: an answer to an earlier one is let go

    async function look(words, before) {
      const own = ++looked;
      more.hidden = true;
      try {
        const page = await net.request('search', { words, before });
        if (own !== looked) return;
        list.append(...page.messages.map((message) => findElement(message, { world, chat })));
        state.textContent = list.children.length ? '' : page.before ? t('search.none_yet') : t('search.none');
        more.hidden = page.before === 0;
        more.onclick = () => look(words, page.before);
      } catch (refusal) {
        if (own === looked) state.textContent = refusal.message;
      }
    }

    body.append(el('form', { class: 'teach', onsubmit: (event) => {
      event.preventDefault();
      const words = field.value.trim();
      list.replaceChildren();
      if (words) look(words, 0);
    } }, field, el('button', { type: 'submit', textContent: t('search.go') })), list, state, more);
    setTimeout(() => field.focus());
  });
}

function findElement(message, { world, chat }) {
  const own = message.sender === world.you;
  const peer = message.channel !== PRIVATE ? 0 : own ? message.to : message.sender;
  const talk = message.channel === PRIVATE ? chat.conversations.get(`private ${peer}`)?.name ?? (own ? '' : message.name) : '';
  const where = message.channel === PRIVATE ? t('search.private') : message.channel === WORLD ? t('chat.world') : t('chat.nearby');
  const when = new Date(message.time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
  return el('button', { class: 'find', type: 'button', 'data-message': message.id, onclick: () => chat.showMessage({ channel: message.channel, peer, name: talk, id: message.id }) },
    el('span', {}, el('bdi', { class: 'name', textContent: message.name }), message.agent ? agentMark(message.name) : null, el('small', { textContent: ` ${where} · ${when}` })),
    el('span', { class: 'text', dir: 'auto', textContent: message.text }));
}
