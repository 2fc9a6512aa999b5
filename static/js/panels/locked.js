// What is left to a player whose account is locked: to take along what is theirs, to delete the account, to log out.

import { get } from '../net/api.js';
import { el } from '../page/dom.js';
import { t } from '../page/lang.js';
import { downloads } from './agent/own_data.js';
import { leavingElement } from './leaving.js';

/** @param {HTMLElement} place emptied, or drawn into again, it shows nothing that comes late @param {() => void} leave logs out */
export async function drawLocked(place, leave) {
  const left = el('div');
  place.replaceChildren(left);
  const { versions } = await get('/api/me/agent').catch(() => ({ versions: [] }));
  if (!left.isConnected) return;
  left.replaceWith(
    el('p', { textContent: t('lock.still_yours') }), downloads(versions), leavingElement(leave, t('leaving.locked')),
    el('button', { type: 'button', class: 'second', textContent: t('settings.log_out'), onclick: leave }));
}
