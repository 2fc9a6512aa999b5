// Asking the admin once more before something is done.

import { el } from '../page/dom.js';
import { t } from '../page/lang.js';

/**
 * Asks in `place`. @param {{question: string, yes: string, field?: HTMLInputElement, label?: string}} asked `field`: what may be said of it
 * @param {() => Promise<unknown>} act once, however often it is pressed; what it is refused with is told there
 * @param {() => void} back called if it is not done @param {() => Promise<void>} done
 */
export function ask(place, { question, yes, field, label }, act, back, done) {
  const failure = el('p', { class: 'failure', role: 'alert' });
  const sure = el('button', { class: 'small', type: 'submit', textContent: yes });
  const keep = el('button', { class: 'second small', type: 'button', textContent: t('lock.not'), onclick: back });
  place.replaceChildren(el('form', { class: 'sure', role: 'group', 'aria-label': question, onkeydown: (event) => { if (event.key === 'Escape') back(); }, onsubmit: async (event) => {
    event.preventDefault();
    sure.disabled = true;
    try {
      await act();
    } catch (refusal) {
      failure.textContent = refusal.message;
      sure.disabled = false;
      sure.focus();
      return;
    }
    await done();
  } }, el('p', { textContent: question }), field && el('label', {}, label, field), el('div', { class: 'judge' }, sure, keep), failure));
  (field ?? keep).focus();
}
