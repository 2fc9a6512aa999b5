// The admin's list of what players reported.

import { get, post } from '../net/api.js';
import { byId, el, refill } from '../page/dom.js';
import { locale, t } from '../page/lang.js';
import { labelCells } from './cards.js';
import { asking } from '../panels/forgetting.js';
import { lockButton } from './locks.js';

let asked = 0; // looks and ticks so far: what was asked for before the last of them is older than what is ticked

/**
 * Draws the list anew, unless it is as it was. @param {(sentence: string) => void} complain
 * @param {() => Promise<void>} changed called when an account was locked or unlocked
 */
export async function drawReported(complain, changed) {
  const number = ++asked;
  const { reports } = await get('/api/admin/reports');
  if (number !== asked) return;
  const place = byId('reported');
  const now = JSON.stringify(reports);
  if (place.dataset.shown === now || asking(place)) return; // a button must not be taken from under the finger every two seconds
  place.dataset.shown = now;
  refill(place, ...reports.map((report) => row(report, complain, changed)));
  labelCells(place.parentElement);
  byId('reported-none').hidden = reports.length > 0;
  byId('reported-some').hidden = !reports.length;
}

function row(report, complain, changed) {
  const { id, time, reporter, name, text, by_agent: agent, reason, handled, locked } = report;
  const box = el('input', { type: 'checkbox', checked: handled > 0, 'aria-label': t('reported.handle', { reporter, name }), onchange: async () => {
    const ticked = box.checked;
    asked++;
    try {
      await post('/api/admin/reports', { id, handled: ticked });
      await drawReported(complain, changed);
    } catch (refusal) {
      box.checked = !ticked;
      complain(refusal.message);
    }
  } });
  return el('tr', {},
    el('td', { textContent: new Date(time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' }) }),
    el('td', {}, el('bdi', { textContent: reporter })),
    el('td', {}, el('bdi', { textContent: name }), agent ? el('small', { textContent: ` (${t('reported.agent')})` }) : ''),
    el('td', {}, el('bdi', { textContent: text || t('reported.in_general') })), el('td', {}, el('bdi', { textContent: reason })), el('td', {}, el('label', { class: 'choice-row' }, box)),
    el('td', {}, lockButton(`report ${id}`, { name, locked }, changed)));
}
