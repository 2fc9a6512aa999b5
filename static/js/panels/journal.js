// The journal: scrolls found and hidden, biomes, places and ruins discovered, and who found most.

import { get } from '../net/api.js';
import { WORLD } from '../chat/chat.js';
import { el, refill } from '../page/dom.js';
import { codesOf } from '../input/keys.js';
import { locale, t } from '../page/lang.js';
import { ask } from './grid.js';
import { togglePanel } from './panel.js';
import { shunButtons } from './shunned.js';

let redraw = () => {}; // while the journal is open

/** Tells of what the player has just come upon. */
export function createFinds({ net, toast, sound }) {
  net.on('shunned', () => redraw());
  net.on('discovered', (find) => {
    sound.pickedUp();
    redraw();
    if (find.kind === 'scroll') toast(t('journal.found_scroll', { by: find.by, text: find.text, points: find.points }), 'news');
    else if (find.kind === 'biome') toast(t('journal.found_biome', { name: t(`biome.${find.name}`), points: find.points }), 'news');
    else if (find.kind === 'ruin') toast(t('journal.found_ruin', { name: find.name, points: find.points }), 'news');
    else toast(t('journal.found_place', { name: find.name, points: find.points }), 'news');
  });
}

/** @param {{net: import('../net/net.js').Net, toast: (t: string) => void, sound: import('../page/sound.js').Sound,
 *   chat: import('../chat/chat.js').Chat}} parts */
export function openJournal(parts) {
  togglePanel(t('journal.title'), (body) => {
    const score = el('p', { class: 'note', role: 'status' });
    const ranks = el('ol', { class: 'ranks' });
    const found = el('ul', { class: 'people' });
    const hidden = el('ul', { class: 'people' });
    const best = el('h3', { textContent: t('journal.best'), hidden: true });
    const rules = el('p', { class: 'bag-hint' });
    body.append(score, best, ranks, el('h3', { textContent: t('journal.found') }), found,
      el('h3', { textContent: t('journal.hidden') }), hidden, rules);
    const takeBack = async (scroll) => await ask(parts, 'recover', { scroll }) && draw();
    const rowOfFound = keeping((scroll) => foundRow(scroll, takeBack, parts.chat));
    const rowOfHidden = keeping((scroll) => hiddenRow(scroll, takeBack));
    let asked = 0;
    const draw = async () => {
      const number = ++asked;
      try {
        const [finds, board] = await Promise.all([get('/api/me/finds'), get('/api/leaderboard')]);
        if (number !== asked) return; // what was asked for later is newer
        const own = board.ranks.find(({ you }) => you);
        score.textContent = [
          own ? t('journal.rank', { points: own.points, rank: own.rank }) : t('journal.no_rank'),
          t('journal.seen', { biomes: finds.biomes, all: finds.all_biomes, places: finds.places, ruins: finds.ruins }),
        ].join(' ');
        best.hidden = !board.ranks.length;
        ranks.replaceChildren(...board.ranks.map(rankRow));
        rules.textContent = t('journal.rules', board.worth);
        refill(found, ...(finds.found.length ? finds.found.map(rowOfFound) : [el('li', { class: 'empty', textContent: t('journal.none_found') })]));
        refill(hidden, ...(finds.hidden.length ? finds.hidden.map(rowOfHidden) : [el('li', { class: 'empty', textContent: t('journal.none_hidden') })]));
      } catch (refusal) {
        if (number === asked) parts.toast(refusal.message);
      }
    };
    draw();
    redraw = draw;
  }, { keys: codesOf('journal'), closed: () => { redraw = () => {}; } });
}

/** Rows that are made once for what they show: a report that is being written in one stays. */
function keeping(make) {
  const rows = new Map();
  return (scroll) => {
    const key = JSON.stringify(scroll);
    if (!rows.has(key)) rows.set(key, make(scroll));
    return rows.get(key);
  };
}

function rankRow({ name, points, rank, you }) {
  return el('li', { class: you ? 'row rank own' : 'row rank' }, el('b', { textContent: `${rank}.` }), el('bdi', { textContent: name }),
    el('small', { textContent: t('journal.points', { points }) }));
}

function foundRow({ id, text, author, by, place, x, y, time, removable }, takeBack, chat) {
  const day = new Date(time).toLocaleDateString(locale());
  return el('li', { class: 'scroll' }, el('q', { dir: 'auto', textContent: text }),
    el('small', { textContent: t('journal.where', { by, place, x, y, day }) }),
    el('div', { class: 'judge' }, removable ? removal(id, text, takeBack) : null, more({ sender: author, name: by, channel: WORLD, scroll: id }, chat)));
}

/** A button that opens and closes what one may do about a scroll and its author: mute, block, report. */
function more(scroll, chat) {
  const button = el('button', { class: 'reaction more', type: 'button', 'aria-expanded': 'false', 'aria-label': t('chat.more'), title: t('chat.more'), textContent: '⋯', onclick: () => {
    const open = button.nextElementSibling;
    button.setAttribute('aria-expanded', String(!open));
    if (open) open.remove();
    else button.after(shunButtons(scroll, chat));
  } });
  return button;
}

function hiddenRow({ id, text, place, finders }, takeBack) {
  return el('li', { class: 'scroll' }, el('q', { dir: 'auto', textContent: text }),
    el('small', { textContent: t('journal.finders', { place, count: finders }) }), removal(id, text, takeBack));
}

function removal(id, text, takeBack) {
  return el('button', { type: 'button', class: 'second', textContent: t('journal.take_back'), 'aria-label': t('journal.take_back_of', { text }), onclick: () => takeBack(id) });
}
