// The palette of the brush: a grid to walk with the arrow keys; a choice closes it.

import { colourName } from '../world/colours.js';
import { byId, el } from '../page/dom.js';
import { codesOf, keyFor } from '../input/keys.js';
import { fingers } from '../input/phone.js';
import { t } from '../page/lang.js';
import { closePanel, togglePanel } from './panel.js';

const COLUMNS = 8;
/** @returns {() => void} opens the palette. While a brush is in the hand, its button shows. */
export function createColours({ world, tables }) {
  const colours = tables.world.colours;
  const button = byId('open-colours');
  const show = () => {
    button.hidden = world.kinds[world.held]?.use !== 'brush';
    button.style.boxShadow = world.colour ? `inset 0 -6px ${world.colours[world.colour]}` : '';
  };
  world.on('inventory', show);
  return () => togglePanel(t('colours.title'), (body) => {
    const choose = (id) => {
      world.colour = id;
      show();
      closePanel();
    };
    const cell = (colour) => el('button', { type: 'button', tabIndex: colour.id === world.colour ? 0 : -1, title: colourName(colour), 'aria-label': colourName(colour),
      style: `background: ${colour.colour}`, 'aria-pressed': String(colour.id === world.colour), onclick: () => choose(colour.id) });
    // Half of the hues in a row: so the shades of a hue stand below each other on a phone too.
    const cells = byHalves(colours).map(cell);
    const none = el('button', { type: 'button', class: 'second', textContent: t('colours.scrape'), 'aria-pressed': String(world.colour === 0), onclick: () => choose(0) });
    const grid = el('div', { class: 'colours', role: 'group', 'aria-label': t('colours.title') }, ...cells);
    if (world.colour === 0) cells[0].tabIndex = 0;
    grid.addEventListener('keydown', (event) => walk(event, cells));
    body.append(grid, none, el('p', { class: 'bag-hint', textContent: fingers.matches ? t('colours.hint.touch') : t('colours.hint', { key: keyFor('place') }) }));
    requestAnimationFrame(() => cells.find(({ tabIndex }) => tabIndex === 0).focus());
  }, { keys: codesOf('colours') });
}

function byHalves(colours) {
  const hues = [...new Set(colours.map(({ hue }) => hue))];
  const half = (from) => colours.filter(({ hue }) => Math.floor(hues.indexOf(hue) / COLUMNS) === from);
  return [...half(0), ...half(1)];
}

function walk(event, cells) {
  const at = cells.indexOf(document.activeElement);
  const along = document.documentElement.dir === 'rtl' ? -1 : 1;
  const step = { ArrowRight: along, ArrowLeft: -along, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
  if (step === undefined || !cells[at + step]) return;
  event.preventDefault();
  cells[at].tabIndex = -1;
  cells[at + step].tabIndex = 0;
  cells[at + step].focus();
}
