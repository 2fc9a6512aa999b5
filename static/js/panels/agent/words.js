// What the agent said, and what its player would have said instead.

import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { withdrawButton } from '../forgetting.js';

/** @returns {Promise<boolean>} whether they came */
export async function drawWords(place, parts, before) {
  let page;
  try {
    page = await parts.net.request('agent_words', { before });
  } catch (refusal) {
    place.append(el('p', { class: 'failure', textContent: refusal.message }));
    return false;
  }
  if (!before && !page.words.length) {
    place.append(el('p', { class: 'empty', textContent: t('words.nothing') }));
  }
  for (const word of page.words) place.append(wordElement(word, parts));
  if (page.more) {
    const oldest = Math.min(...page.words.map((word) => word.id));
    place.append(earlierButton(() => drawWords(place, parts, oldest)));
  }
  return true;
}

/** Asks for what is older, once however often it is pressed, and gives way to it. @param {() => Promise<boolean>} load whether it came */
export function earlierButton(load) {
  let asked = false;
  const button = el('button', { class: 'more link', type: 'button', textContent: t('words.earlier'), onclick: async () => {
    if (asked) return;
    asked = true;
    asked = await load();
    if (!asked) return;
    const next = button.nextElementSibling;
    const focused = document.activeElement === button;
    button.remove();
    if (!focused || !next) return;
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  } });
  return button;
}

function wordElement(word, { net, toast, chat }) {
  const when = new Date(word.time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
  const wrote = word.version ? t('words.by_version', { id: word.version }) : t('words.by_bare');
  const field = el('input', { dir: 'auto', value: word.correction, placeholder: t('words.would_now'), 'aria-label': t('words.would'), maxLength: net.codec.longest('correct', 'text') });
  const send = el('button', { type: 'submit', class: 'second' });
  const form = el('form', { class: 'teach', 'data-rewrite': word.id }, field, send);
  const withdraw = withdrawButton(word, chat);
  const taught = (is) => {
    send.textContent = is ? t('words.change') : t('words.teach');
    form.classList.toggle('taught', is);
    withdraw.hidden = !is;
  };
  taught(Boolean(word.correction));
  form.addEventListener('withdrawn', () => {
    field.value = '';
    taught(false);
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) {
      toast(t('words.write'));
      field.focus();
      return;
    }
    try {
      await net.request('correct', { message: word.id, text });
      taught(true);
      toast(t('words.taught'), 'news');
    } catch (refusal) {
      toast(refusal.message);
    }
  });
  const liked = word.likes || word.dislikes ? ` · ${t('words.liked', word)}` : '';
  return el('article', { class: 'word', 'data-message': word.id },
    word.prompted_by ? el('blockquote', { dir: 'auto', 'data-message': word.asked, textContent: word.prompted_by }) : null,
    el('p', { class: 'text', dir: 'auto', textContent: word.text }),
    el('small', { textContent: `${when} · ${wrote}${liked}` }), form, withdraw);
}
