// Having one's own words forgotten, for good: asked twice.

import { besideOf, el } from '../page/dom.js';
import { t } from '../page/lang.js';

/** @param {{id: number}} message @param {import('../chat/chat.js').Chat} chat */
export function forgetMessageButton(message, chat) {
  return askFirst(t('forget.message'), t('forget.message_sure'), () => chat.opinions.forgetMessage(message.id));
}

/** @param {{id: number, name: string}} person @param {import('../chat/chat.js').Chat} chat @param {() => void} [done] */
export function forgetPersonButton({ id, name }, chat, done = () => {}) {
  return askFirst(t('forget.person', { name }), t('forget.person_sure', { name }), () => chat.opinions.forgetPerson(id), done);
}

/** Withdraws what one would have said instead of one's agent; whatever shows it hears `withdrawn`. @param {{id: number}} message */
export function withdrawButton({ id }, chat) {
  return askFirst(t('words.withdraw'), t('words.withdraw_sure'), () => chat.opinions.forgetRewrite(id), () => {
    for (const node of document.querySelectorAll(`[data-rewrite="${id}"]`)) node.dispatchEvent(new Event('withdrawn'));
  });
}

/** Messages that are gone are shown nowhere any more, in whatever panel is open. @param {number[]} ids */
export function dropShown(ids) {
  const gone = new Set(ids.map(String));
  for (const node of document.querySelectorAll('[data-message]')) if (gone.has(node.dataset.message)) node.remove();
}

/** A button that asks before it acts;  @param {() => Promise<boolean>} act @param {string} [yes] what is on the button that acts */
export function askFirst(words, question, act, done = () => {}, yes = t('forget.do')) {
  const place = el('div', { class: 'forgetting' });
  const first = el('button', { class: 'second small', type: 'button', textContent: words, onclick: () => {
    const keep = el('button', { class: 'second small', type: 'button', textContent: t('forget.keep'), onclick: () => {
      place.replaceChildren(first);
      first.focus();
    } });
    const sure = el('button', { class: 'small', type: 'button', textContent: yes, onclick: async ({ detail: clicks }) => {
      const beside = besideOf(place);
      sure.disabled = true;
      if (await act()) done();
      place.replaceChildren(first);
      if (clicks === 0 && document.activeElement === document.body) beside()?.focus({ preventScroll: true }); // by keys
    } });
    place.replaceChildren(el('div', { class: 'sure', role: 'group', 'aria-label': words }, el('p', { textContent: question }), el('div', { class: 'judge' }, keep, sure)));
    keep.focus();
  } });
  place.append(first);
  return place;
}

/** Whether somebody is being asked within `place`: it must not be drawn anew under their fingers. */
export const asking = (place) => place.querySelector('.sure') !== null;
