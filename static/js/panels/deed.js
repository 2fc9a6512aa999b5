// A deed of the agent in the digest: what it was, the way to where it was done, and taking it back.

import { post } from '../net/api.js';
import { el } from '../page/dom.js';
import { locale, t } from '../page/lang.js';
import { leftRows } from '../admin/rollback.js';
import { countedName } from '../world/things.js';
import { wayTo } from './around.js';

/** What was done, in words: gathered stone × 3. */
export const deedWords = ({ verb, count, what }) => t(`deed.${verb}`, { thing: countedName({ name: what }, count) });

/** @param {object} deed as the digest has it @param {import('./digest.js').Parts} parts */
export function deedElement(deed, { world, figures, toast }) {
  const { place, x, y, time } = deed;
  const find = () => {
    world.mark = { x, y };
    const way = wayTo(figures.own, world.mark);
    toast(way.count < 2 ? t('digest.here') : t('digest.there', way), 'news');
  };
  const when = new Date(time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });
  return el('li', {}, el('button', { class: 'person', type: 'button', title: t('digest.where'), onclick: find },
    deedWords(deed), el('small', { textContent: `${place} · ${when}` })), ...undoing(deed));
}

/** Takes back what the deed changed: asked for once more, then done, and the line says what became of it. */
function undoing(deed) {
  if (!deed.standing && !deed.undone) return []; // it changed no tile, or so long ago that nobody knows
  const { since, verb, what } = deed;
  const told = el('p', { class: 'undone', role: 'status' });
  const left = el('ul', { class: 'told' });
  const begin = el('button', { class: 'second small', type: 'button', textContent: t('digest.undo'), 'aria-label': t('digest.undo_what', { what: deedWords(deed) }), onclick: () => ask(true) });
  const sure = el('div', { class: 'sure', hidden: true });
  const act = el('button', { class: 'small', type: 'button', textContent: t('digest.undo'), onclick: undo });
  const keep = el('button', { class: 'second small', type: 'button', textContent: t('digest.undo_not'), onclick: () => ask(false) });

  function ask(on) {
    sure.replaceChildren(el('p', { textContent: t('digest.undo_sure', { count: deed.standing }) }), el('div', { class: 'judge' }, act, keep));
    sure.hidden = !on;
    begin.hidden = on;
    (on ? act : begin).focus();
  }

  async function undo() {
    act.disabled = true;
    try {
      const answer = await post('/api/me/digest/undo', { since, verb, what });
      Object.assign(deed, { standing: answer.standing, undone: answer.undone });
      left.replaceChildren(...leftRows(answer.left));
      show();
    } catch (refusal) {
      left.replaceChildren(el('li', { textContent: refusal.message }));
    }
    act.disabled = false;
    sure.hidden = true;
    begin.hidden = deed.standing === 0;
    (begin.hidden ? begin.parentElement.querySelector('.person') : begin).focus();
  }

  function show() {
    begin.hidden = deed.standing === 0;
    told.textContent = !deed.undone ? '' : deed.standing ? t('digest.undone_some', { count: deed.undone }) : t('digest.undone');
  }

  show();
  return [told, begin, sure, left];
}
