// What the newest version learnt: gain, new words, and five answers beside those of what it was compared with; keep it or
// go back.

import { el, refill } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';

/** How much lower the perplexity is, in per cent, for a gain in nats per token. */
export const lessSurprised = (gain) => Math.round(100 * (1 - Math.exp(-gain)));
const moreSurprised = (gain) => Math.round(100 * (Math.exp(-gain) - 1));

/**
 * @param {{versions: object[], chosen: boolean}} portrait versions the newest first
 * @param {{choose: (version: number) => void, followNewest: () => void}} acts
 */
export function drawLearnt(place, { versions, chosen }, { choose, followNewest }) {
  const standing = versions.filter((version) => !version.withdrawn && !version.waits && !version.other_model);
  const at = standing.findIndex(({ learnt }) => learnt); // what was brought from elsewhere has learnt nothing here
  const [newest, before] = standing.slice(at);
  if (at < 0) {
    place.replaceChildren(el('p', { class: 'empty', textContent: t('learnt.nothing') }));
    return;
  }
  const { compared, words, phrases, answers } = newest.learnt;
  const than = compared ? t('words.by_version', { id: compared }) : t('learnt.bare');
  const when = new Date(newest.created).toLocaleDateString(locale());
  refill(place,
    el('p', { textContent: `${t('learnt.version', { id: newest.id, when })} ${gainWords(newest)}` }),
    chips(compared ? t('learnt.words_new') : t('learnt.words_often'), words), chips(compared ? t('learnt.phrases_new') : t('learnt.phrases_often'), phrases),
    ...answers.map((answer) => answerElement(answer, than, t('words.by_version', newest))),
    at === 0 ? choiceElement(newest, before, chosen, choose, followNewest) : '');
}

/** Over the version that it was held against, else over the base model, as all are. */
function gainWords({ gain: overBare, learnt: { compared, gain, heeded } }) {
  if (gain === null) return t('learnt.over_bare', { percent: lessSurprised(overBare) });
  if (heeded) return t('learnt.heeded', { percent: moreSurprised(gain), before: compared });
  const change = lessSurprised(gain);
  return change > 0 ? t('learnt.better', { percent: change, before: compared }) : t('learnt.same', { before: compared });
}

function chips(title, found) {
  if (!found.length) return '';
  return el('div', { class: 'favourites' }, el('small', { textContent: title }),
    el('ul', { class: 'chips', 'aria-label': title }, ...found.map((text) => el('li', {}, el('bdi', { textContent: text })))));
}

function answerElement({ speaker, heard, before, after }, earlier, now) {
  const line = (label, text) => [el('dt', { textContent: label }), text ? el('dd', { dir: 'auto', textContent: text }) : el('dd', { class: 'empty', textContent: t('learnt.no_words') })];
  return el('article', { class: 'word beside' },
    el('blockquote', { dir: 'auto', textContent: `${speaker}: ${heard}` }),
    el('dl', {}, ...line(earlier, before), ...line(now, after)));
}

function choiceElement(newest, before, chosen, choose, followNewest) {
  const keep = el('button', { type: 'button', class: 'keep', textContent: t('learnt.keep'), disabled: newest.live && !chosen, onclick: followNewest });
  const back = el('button', { type: 'button', class: 'second back', textContent: before ? t('learnt.back') : t('learnt.back_bare'),
    disabled: before ? before.live : false, onclick: () => choose(before?.id ?? 0) });
  return el('div', { class: 'row' }, keep, back, newest.live && !chosen ? el('small', { textContent: t('learnt.kept') }) : '');
}
