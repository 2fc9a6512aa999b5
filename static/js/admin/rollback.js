// Taking back what was changed lately: whose, who drove, how far back, where; first counted and shown, then done.

import { post } from '../net/api.js';
import { colourName } from '../world/colours.js';
import { blockName, locale, t } from '../page/lang.js';
import { el } from '../page/dom.js';
import { inOwnWords } from '../page/sentences.js';
import { PAINT } from '../world/state.js';

const HOURS = [1, 6, 24, 24 * 7];
const HERE = 8; // tiles around where one stands
const BY_AGENT = { both: null, agent: true, person: false };

/**
 * A form that counts and then rolls back. @param {string} path where to ask
 * @param {{names?: string, here?: () => {x: number, y: number}}} [more] `names`: id of a list of names; `here`: where one
 *   stands; without it any place can be given
 */
export function rollbackForm(path, { names = '', here = null } = {}) {
  const name = el('input', { dir: 'auto', autocomplete: 'off' });
  if (names) name.setAttribute('list', names);
  const hours = choice(t('rollback.since'), HOURS.map((count) => [count, t('rollback.hours', { count })]));
  const driver = choice(t('rollback.driver'), [['both', t('rollback.both')], ['person', t('rollback.in_person')], ['agent', t('rollback.by_agent')]]);
  const where = here ? aroundHere(here) : anyPlace();
  const count = el('button', { type: 'submit', class: 'second', textContent: t('rollback.count') });
  const act = el('button', { type: 'button', textContent: t('rollback.do'), disabled: true });
  const told = el('p', { role: 'status' });
  const list = el('ul', { class: 'people' });

  const wanted = () => ({ player: name.value.trim() || null, agent: BY_AGENT[driver.value], minutes: 60 * Number(hours.value), ...where.area() });
  let counted = null; // what is done is what was counted, wherever one has walked since, and whatever happened since
  let asked = 0;
  const ask = async (doIt) => {
    if (!doIt) counted = wanted();
    act.disabled = true;
    const number = ++asked;
    const isOld = () => !doIt && number !== asked; // counted for what the form says no more; what was done is told in any case
    try {
      const answer = await post(path, { ...counted, do: doIt });
      if (isOld()) return;
      if (doIt) list.replaceChildren(...leftRows(answer.left));
      else list.replaceChildren(...answer.newest.map(line));
      if (!doIt) counted = { ...counted, since: answer.since, until: answer.until };
      told.textContent = doIt ? t('rollback.done', { count: answer.tiles }) : t('rollback.would', { count: answer.tiles, kept: answer.kept });
      act.disabled = doIt || answer.tiles === 0;
    } catch (refusal) {
      if (isOld()) return;
      told.textContent = refusal.message;
      list.replaceChildren();
    }
  };
  const form = el('form', { class: 'rollback' }, el('label', {}, t('rollback.whose'), name), driver, hours, ...where.fields, el('div', { class: 'row' }, count, act), told, list);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask(false);
  });
  form.addEventListener('input', () => {
    asked++;
    act.disabled = true;
  });
  act.addEventListener('click', () => ask(true));
  return form;
}

const choice = (label, options) => el('select', { 'aria-label': label }, ...options.map(([value, textContent]) => el('option', { value: String(value), textContent })));

function aroundHere(here) {
  const where = choice(t('rollback.where'), [['all', t('rollback.all_land')], ['here', t('rollback.around_here', { radius: HERE })]]);
  return { fields: [where], area: () => (where.value === 'here' ? { ...here(), radius: HERE } : {}) };
}

function anyPlace() {
  // A pattern, since what is no number would be left out, and that means everywhere.
  const number = (label, pattern) => el('input', { inputMode: 'numeric', 'aria-label': label, placeholder: label, maxLength: 8, pattern });
  const fields = [number(t('rollback.x'), '-?[0-9]+'), number(t('rollback.y'), '-?[0-9]+'), number(t('rollback.radius'), '[0-9]+')];
  const filled = () => fields.some(({ value }) => value);
  for (const field of fields) field.addEventListener('input', () => { for (const one of fields) one.required = filled(); });
  const [x, y, radius] = fields;
  return { fields, area: () => (filled() ? { x: Number(x.value), y: Number(y.value), radius: Number(radius.value) } : {}) };
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
