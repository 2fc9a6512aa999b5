// Freeing what land a player has claimed: asked once more, then done.

import { post } from '../net/api.js';
import { el } from '../page/dom.js';
import { t } from '../page/lang.js';

/**
 * A button that frees the land of somebody who has some. @param {() => Promise<void>} changed draws anew
 * @param {() => HTMLElement | null} next has the focus once it is done
 */
export function freeLandButton({ name, plots }, changed, next) {
  const place = el('div', { class: 'locking' });
  const first = el('button', { class: 'second small', type: 'button', textContent: t('lock.free_land'), 'aria-label': `${t('lock.free_land')}: ${name}`, onclick: ask });
  const question = t('lock.free_land_sure', { name, count: plots });
  const failure = el('p', { class: 'failure', role: 'alert' });
  const act = el('button', { class: 'small', type: 'button', textContent: t('lock.free_land'), onclick: free });
  const keep = el('button', { class: 'second small', type: 'button', textContent: t('lock.not'), onclick: back });
  const sure = el('div', { class: 'sure', role: 'group', 'aria-label': question, onkeydown: (event) => { if (event.key === 'Escape') back(); } },
    el('p', { textContent: question }), el('div', { class: 'judge' }, act, keep), failure);

  function ask() {
    place.replaceChildren(sure);
    keep.focus();
  }

  function back() {
    place.replaceChildren(first);
    first.focus();
  }

  async function free() {
    act.disabled = true;
    try {
      await post('/api/admin/release', { player: name });
    } catch (refusal) {
      failure.textContent = refusal.message;
      act.disabled = false;
      act.focus();
      return;
    }
    place.replaceChildren();
    await changed();
    next()?.focus();
  }

  place.append(first);
  return place;
}
