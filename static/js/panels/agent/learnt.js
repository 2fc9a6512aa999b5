// What the newest version learnt: gain, new words, and five answers beside those of the version before; keep it or go back.

import { el } from '../../dom.js';

/** How much lower the perplexity is, in per cent, for a gain in nats per token. */
export const lessSurprised = (gain) => Math.round(100 * (1 - Math.exp(-gain)));

/**
 * @param {{versions: object[], chosen: boolean}} portrait versions the newest first
 * @param {{choose: (version: number) => void, followNewest: () => void}} acts
 */
export function drawLearnt(place, { versions, chosen }, { choose, followNewest }) {
  const [newest, before] = versions.filter((version) => !version.withdrawn);
  if (!newest?.learnt) {
    place.replaceChildren(el('p', { class: 'empty', textContent: 'Nothing yet. The morning after a training you see here what changed.' }));
    return;
  }
  const { gain, words, phrases, answers } = newest.learnt;
  const when = new Date(newest.created).toLocaleDateString();
  place.replaceChildren(
    el('p', { textContent: `Version ${newest.id}, of ${when}: ${gainWords(newest, gain)}` }),
    chips(gain === null ? 'Words it met often' : 'Words new to it', words), chips(gain === null ? 'Phrases it met often' : 'Phrases new to it', phrases),
    ...answers.map((answer) => answerElement(answer, before ? 'before' : 'bare model')),
    choiceElement(newest, before, chosen, choose, followNewest));
}

function gainWords(version, gain) {
  if (gain === null) return `its first lesson; it is ${lessSurprised(version.gain)} % less surprised by your newest words than the bare model.`;
  const change = lessSurprised(gain);
  if (change > 0) return `${change} % less surprised by your newest words than the version before.`;
  return 'about as good with your newest words as the version before.';
}

function chips(title, found) {
  if (!found.length) return '';
  return el('div', { class: 'favourites' }, el('small', { textContent: title }),
    el('ul', { class: 'chips', 'aria-label': title }, ...found.map((text) => el('li', {}, el('bdi', { textContent: text })))));
}

function answerElement({ speaker, heard, before, after }, earlier) {
  const line = (label, text) => [el('dt', { textContent: label }), text ? el('dd', { dir: 'auto', textContent: text }) : el('dd', { class: 'empty', textContent: '(no words)' })];
  return el('article', { class: 'word beside' },
    el('blockquote', { dir: 'auto', textContent: `${speaker}: ${heard}` }),
    el('dl', {}, ...line(earlier, before), ...line('now', after)));
}

function choiceElement(newest, before, chosen, choose, followNewest) {
  const keep = el('button', { type: 'button', class: 'keep', textContent: 'Keep the new one', disabled: newest.live && !chosen, onclick: followNewest });
  const back = el('button', { type: 'button', class: 'second back', textContent: before ? 'Go back to the one before' : 'Go back to the bare model',
    disabled: before ? before.live : false, onclick: () => choose(before?.id ?? 0) });
  return el('div', { class: 'row' }, keep, back, newest.live && !chosen ? el('small', { textContent: 'It is kept unless you say otherwise.' }) : '');
}
