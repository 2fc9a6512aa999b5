// What the agent may learn from: one's own words, each with the way to have it forgotten.

import { PRIVATE, WORLD } from '../../chat/chat.js';
import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { forgetMessageButton } from '../forgetting.js';

export async function drawOwnWords(place, parts, before) {
  let page;
  try {
    page = await parts.net.request('own_words', { before });
  } catch (refusal) {
    place.append(el('p', { class: 'failure', textContent: refusal.message }));
    return;
  }
  place.querySelector('.more')?.remove();
  if (!before) place.append(el('p', { class: 'empty', textContent: page.words.length ? t('forget.list_note') : t('forget.nothing') }));
  for (const message of page.words) place.append(ownElement(message, parts));
  if (page.more) {
    const oldest = page.words.at(-1).id;
    place.append(el('button', { class: 'more link', type: 'button', textContent: t('words.earlier'), onclick: () => drawOwnWords(place, parts, oldest) }));
  }
}

function ownElement(message, { chat }) {
  const when = new Date(message.time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
  const where = message.channel === PRIVATE ? t('search.private') : message.channel === WORLD ? t('chat.world') : t('chat.nearby');
  return el('article', { class: 'word', 'data-message': message.id },
    el('p', { class: 'text', dir: 'auto', textContent: message.text }),
    el('small', { textContent: `${where} · ${when}` }), forgetMessageButton(message, chat));
}
