// Taking back what was changed lately: whose, how far back; first counted and shown, then done.

import { post } from './api.js';
import { colourName } from './colours.js';
import { blockName, locale, t } from './lang.js';
import { el } from './dom.js';
import { inOwnWords } from './sentences.js';
import { PAINT } from './state.js';

const HOURS = [1, 6, 24, 24 * 7];

/**
 * A form that counts and then rolls back. @param {string} path where to ask
 * @param {{names?: string, place?: boolean}} [more] `names`: id of a list of names; `place`: whether an area can be given
 */
export function rollbackForm(path, { names = '', place = false } = {}) {
  const name = el('input', { dir: 'auto', maxLength: 20, autocomplete: 'off' });
  if (names) name.setAttribute('list', names);
  const hours = el('select', { 'aria-label': t('rollback.since') }, ...HOURS.map((count) => el('option', { value: String(count), textContent: t('rollback.hours', { count }) })));
  const number = (label) => el('input', { inputMode: 'numeric', 'aria-label': label, placeholder: label, maxLength: 8 });
  const [x, y, radius] = place ? [number(t('rollback.x')), number(t('rollback.y')), number(t('rollback.radius'))] : [];
  const count = el('button', { type: 'submit', class: 'second', textContent: t('rollback.count') });
  const act = el('button', { type: 'button', textContent: t('rollback.do'), disabled: true });
  const told = el('p', { role: 'status' });
  const list = el('ul', { class: 'people' });

  const wanted = () => ({
    player: name.value.trim() || null, minutes: 60 * Number(hours.value),
    ...(place && radius.value ? { x: Number(x.value), y: Number(y.value), radius: Number(radius.value) } : {}),
  });
  const ask = async (doIt) => {
    act.disabled = true;
    try {
      const answer = await post(path, { ...wanted(), do: doIt });
      if (doIt) list.replaceChildren(...leftRows(answer.left));
      else list.replaceChildren(...answer.newest.map(line));
      told.textContent = doIt ? t('rollback.done', { count: answer.tiles }) : t('rollback.would', { count: answer.tiles, kept: answer.kept });
      act.disabled = doIt || answer.tiles === 0;
    } catch (refusal) {
      told.textContent = refusal.message;
      list.replaceChildren();
    }
  };
  const form = el('form', { class: 'rollback' }, el('label', {}, t('rollback.whose'), name), hours, ...(place ? [x, y, radius] : []), el('div', { class: 'row' }, count, act), told, list);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask(false);
  });
  form.addEventListener('input', () => { act.disabled = true; }); // what is done is what was counted
  act.addEventListener('click', () => ask(true));
  return form;
}

/** Why so many tiles were left as they are. @param {Record<string, number>} left by the reason */
export const leftRows = (left) => Object.entries(left).map(([reason, count]) => el('li', { textContent: t('rollback.left', { count, reason: inOwnWords(reason) }) }));

function line({ time, player, agent, x, y, layer, before, after }) {
  const name = (what) => (layer === PAINT ? colourName(what) : blockName({ name: what }));
  const when = new Date(time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
  return el('li', {}, el('small', { textContent: t('rollback.line', {
    when, who: agent ? t('agent.of', { name: player }) : player, before: name(before), after: name(after), x, y,
  }) }));
}
