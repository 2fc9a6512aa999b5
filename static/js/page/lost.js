// What a page says when it cannot begin, since its texts or the server's tables were not to be had.

import { byId, el } from './dom.js';
import { LANGUAGES, preferred } from './lang.js';

/** Waits for what the page begins with; without it, says so and lets one try again. @template T @param {Promise<T>} needed @returns {Promise<T>} */
export async function orLost(needed) {
  try {
    return await needed;
  } catch (failure) {
    const { dir, lost, again } = LANGUAGES[preferred()];
    document.documentElement.dir = dir;
    document.querySelector('main').hidden = true; // which is empty, or half done
    byId('notice').replaceChildren(el('p', { textContent: lost }), el('button', { type: 'button', textContent: again, onclick: () => location.reload() }));
    byId('notice').hidden = false;
    throw failure;
  }
}
