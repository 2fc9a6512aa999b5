// What the agent may learn from: one's own words, what one would have said instead of it, and what one brought from
// elsewhere; each with the way to have it forgotten.

import { PRIVATE, WORLD } from '../../chat/chat.js';
import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { forgetMessageButton, withdrawButton } from '../forgetting.js';
import { earlierButton } from './words.js';

const SAID = 0; // the kinds, as the server numbers them
const REWRITTEN = 1;
const IMPORTED = 2;

export async function drawOwnWords(place, parts) {
  const sections = await Promise.all([
    [REWRITTEN, t('own.rewritten'), '', (word) => rewriteElement(word, parts)],
    [SAID, t('own.said'), '', (word) => saidElement(word, parts)],
    [IMPORTED, t('own.imported'), t('own.imported_note'), importedElement],
  ].map((section) => sectionElement(...section, parts)));
  const found = sections.filter(Boolean);
  place.append(el('p', { class: 'empty', textContent: found.length ? t('forget.list_note') : t('forget.nothing') }), ...found);
}

/** The newest words of a kind under a title and a note, with the way to earlier ones; null if there are none. */
async function sectionElement(kind, title, note, elementOf, parts) {
  const section = el('section', { class: 'own', 'aria-label': title }, el('h4', { textContent: title }), note ? el('small', { textContent: note }) : null);
  const add = async (before) => {
    let page;
    try {
      page = await parts.net.request('own_words', { kind, before });
    } catch (refusal) {
      section.append(el('p', { class: 'failure', textContent: refusal.message }));
      return false;
    }
    section.append(...page.words.map(elementOf));
    if (page.more) section.append(earlierButton(() => add(page.words.at(-1).id)));
    return true;
  };
  await add(0);
  return section.querySelector('article, .failure') ? section : null;
}

const when = ({ time }) => new Date(time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
const where = ({ channel }) => (channel === PRIVATE ? t('search.private') : channel === WORLD ? t('chat.world') : t('chat.nearby'));
const textElement = ({ text }) => el('p', { class: 'text', dir: 'auto', textContent: text });

function saidElement(word, { chat }) {
  return el('article', { class: 'word', 'data-message': word.id },
    textElement(word), el('small', { textContent: `${where(word)} · ${when(word)}` }), forgetMessageButton(word, chat));
}

/** Beside what the agent had said, which may have been taken back. */
function rewriteElement(word, { chat }) {
  const node = el('article', { class: 'word', 'data-rewrite': word.id },
    el('blockquote', { dir: 'auto' }, el('small', { textContent: t('own.agent_said') }), ' ', el('bdi', { textContent: word.said })),
    textElement(word), el('small', { textContent: `${t('own.rewrite')} · ${where(word)} · ${when(word)}` }), withdrawButton(word, chat));
  node.addEventListener('withdrawn', () => node.remove());
  return node;
}

function importedElement(word) {
  return el('article', { class: 'word' }, textElement(word), el('small', { textContent: `${t('own.brought')} · ${when(word)}` }));
}
