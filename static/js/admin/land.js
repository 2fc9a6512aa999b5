// Freeing what land a player has claimed: asked once more, then done.

import { post } from '../net/api.js';
import { el } from '../page/dom.js';
import { t } from '../page/lang.js';
import { ask } from './sure.js';

/**
 * A button that frees the land of somebody who has some. @param {() => Promise<void>} changed draws anew
 * @param {() => HTMLElement | null} next has the focus once it is done
 */
export function freeLandButton({ name, plots }, changed, next) {
  const place = el('div', { class: 'locking' });
  const first = el('button', { class: 'second small', type: 'button', textContent: t('lock.free_land'), 'aria-label': `${t('lock.free_land')}: ${name}`, onclick: asks });
  const question = t('lock.free_land_sure', { name, count: plots });

  function back() {
    place.replaceChildren(first);
    first.focus();
  }

  function asks() {
    ask(place, { question, yes: t('lock.free_land') }, () => post('/api/admin/release', { player: name }), back, async () => {
      place.replaceChildren();
      await changed();
      next()?.focus();
    });
  }

  place.append(first);
  return place;
}
