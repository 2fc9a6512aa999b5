// What the newest version learnt: gain, new words, and five answers beside those of the version before; keep it or go back.

import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';

/** How much lower the perplexity is, in per cent, for a gain in nats per token. */
export const lessSurprised = (gain) => Math.round(100 * (1 - Math.exp(-gain)));

/**
 * @param {{versions: object[], chosen: boolean}} portrait versions the newest first
 * @param {{choose: (version: number) => void, followNewest: () => void}} acts
 */
export function drawLearnt(place, { versions, chosen }, { choose, followNewest }) {
  const [newest, before] = versions.filter((version) => !version.withdrawn && !version.other_model);
  if (!newest?.learnt) {
    place.replaceChildren(el('p', { class: 'empty', textContent: t('learnt.nothing') }));
    return;
  }
  const { gain, words, phrases, answers } = newest.learnt;
  const when = new Date(newest.created).toLocaleDateString(locale());
  place.replaceChildren(
    el('p', { textContent: `${t('learnt.version', { id: newest.id, when })} ${gainWords(newest, gain)}` }),
    chips(gain === null ? t('learnt.words_often') : t('learnt.words_new'), words), chips(gain === null ? t('learnt.phrases_often') : t('learnt.phrases_new'), phrases),
    ...answers.map((answer) => answerElement(answer, before ? t('learnt.before') : t('learnt.bare'))),
    choiceElement(newest, before, chosen, choose, followNewest));
}

function gainWords(version, gain) {
  if (gain === null) return t('learnt.first', { percent: lessSurprised(version.gain) });
  const change = lessSurprised(gain);
  if (change > 0) return t('learnt.better', { percent: change });
  return t('learnt.same');
}

function chips(title, found) {
  if (!found.length) return '';
  return el('div', { class: 'favourites' }, el('small', { textContent: title }),
    el('ul', { class: 'chips', 'aria-label': title }, ...found.map((text) => el('li', {}, el('bdi', { textContent: text })))));
}

function answerElement({ speaker, heard, before, after }, earlier) {
  const line = (label, text) => [el('dt', { textContent: label }), text ? el('dd', { dir: 'auto', textContent: text }) : el('dd', { class: 'empty', textContent: t('learnt.no_words') })];
  return el('article', { class: 'word beside' },
    el('blockquote', { dir: 'auto', textContent: `${speaker}: ${heard}` }),
    el('dl', {}, ...line(earlier, before), ...line(t('learnt.now'), after)));
}

function choiceElement(newest, before, chosen, choose, followNewest) {
  const keep = el('button', { type: 'button', class: 'keep', textContent: t('learnt.keep'), disabled: newest.live && !chosen, onclick: followNewest });
  const back = el('button', { type: 'button', class: 'second back', textContent: before ? t('learnt.back') : t('learnt.back_bare'),
    disabled: before ? before.live : false, onclick: () => choose(before?.id ?? 0) });
  return el('div', { class: 'row' }, keep, back, newest.live && !chosen ? el('small', { textContent: t('learnt.kept') }) : '');
}
