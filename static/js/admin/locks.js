// Locking a player's account and unlocking it, at a report or by name: asked once more, then done.

import { post } from '../net/api.js';
import { byId, el, refill } from '../page/dom.js';
import { t } from '../page/lang.js';
import { asking } from '../panels/forgetting.js';
import { freeLandButton } from './land.js';
import { ask } from './sure.js';

/**
 * A button that locks the account, or unlocks it if it is locked. @param {string} at where it stands, so that the button
 * that takes its place when all is drawn anew gets the focus @param {() => Promise<void>} changed draws anew
 */
export function lockButton(at, { name, locked, gone = false }, changed) {
  const place = el('div', { class: 'locking' });
  const words = gone ? t('lock.free') : locked ? t('lock.undo') : t('lock.do');
  const first = el('button', { class: 'second small', type: 'button', textContent: words, 'aria-label': `${words}: ${name}`, 'data-at': at, onclick: () => {
    const back = () => {
      place.replaceChildren(first);
      first.focus();
    };
    askLock(place, { name, locked, gone }, back, async () => {
      place.replaceChildren(first);
      await changed();
      (buttonAt(at) ?? byId('lock-name')).focus();
    });
  } });
  place.append(first);
  return place;
}

const buttonAt = (at) => document.querySelector(`[data-at="${at}"]`);

/** Asks in `place`. @param {() => void} back called if it is not done @param {() => Promise<void>} done */
function askLock(place, { name, locked, gone }, back, done) {
  const question = gone ? t('lock.free_sure', { name }) : locked ? t('lock.undo_sure', { name }) : t('lock.sure', { name });
  const yes = gone ? t('lock.free') : locked ? t('lock.undo') : t('lock.do');
  const field = locked ? undefined : el('input', { dir: 'auto', autocomplete: 'off' });
  const act = () => (gone ? post('/api/admin/free', { name }) : post('/api/admin/lock', { player: name, locked: !locked, reason: field?.value ?? null }));
  ask(place, { question, yes, field, label: t('lock.reason') }, act, back, done);
}

/**
 * The list of those who are locked, with how many plots of land are theirs, and of the names of those who were when they
 * deleted their accounts.
 *
 * @param {{locked: {player: string, reason: string, plots: number}[], barred: string[]}} status
 */
export function drawLocked({ locked, barred }, changed) {
  const place = byId('locked');
  const now = JSON.stringify([locked, barred]);
  if (place.dataset.shown === now || asking(place)) return;
  place.dataset.shown = now;
  refill(place, ...locked.map(({ player, reason, plots }) => {
    const at = `player ${player}`;
    return el('li', {},
      el('p', {}, el('bdi', { textContent: player }), reason ? ': ' : '', el('bdi', { textContent: reason })), lockButton(at, { name: player, locked: true }, changed),
      plots ? freeLandButton({ name: player, plots }, changed, () => buttonAt(at)) : '');
  }),
  ...barred.map((name) => el('li', {},
    el('p', {}, el('bdi', { textContent: name }), `: ${t('lock.gone')}`), lockButton(`name ${name}`, { name, locked: true, gone: true }, changed))));
  byId('locked-none').hidden = locked.length + barred.length > 0;
}

/** The form that locks by name. @param {() => Promise<void>} changed */
export function lockByName(changed) {
  const [form, name, place] = ['lock', 'lock-name', 'lock-sure'].map(byId);
  const back = () => {
    place.replaceChildren();
    name.focus();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    askLock(place, { name: name.value.trim(), locked: false }, back, async () => {
      form.reset();
      back();
      await changed();
    });
  });
}
