// The keys in the settings: what each does, and a button for each that asks for another one.

import { byId, el } from '../page/dom.js';
import { backToDefaults, choose, codesOf, everyAction, keyFor, keyName, onKeys, walkingKeys } from '../input/keys.js';
import { t } from '../page/lang.js';

const MOUSE = { dig: () => t('mouse.dig'), place: () => t('mouse.place') };
/** Buttons of the menu by what a key does as well. */
const TIPS = {
  drive: 'drive', home: 'go-home', colours: 'open-colours', map: 'open-map', bag: 'open-bag', people: 'open-people', land: 'open-land',
  journal: 'open-journal', agent: 'open-agent',
};

/** Keeps the keys right wherever the page tells of one outside of this list and the hints. */
export function createKeyTips() {
  onKeys(() => {
    byId('world').setAttribute('aria-label', t('world.label', { keys: walkingKeys() }));
    for (const [action, id] of Object.entries(TIPS)) {
      byId(id).title = t('keys.tip', { words: byId(id).getAttribute('aria-label'), key: keyFor(action) });
    }
  });
}

/** The list, a line that says what has become of a wish, and the way back. */
export function keysElement() {
  const said = el('p', { class: 'note', role: 'status', textContent: t('keys.hint') });
  const rows = everyAction().map((action) => row(action, said));
  const reset = el('button', { class: 'second', type: 'button', textContent: t('keys.defaults'), onclick: () => {
    backToDefaults();
    for (const { draw } of rows) draw();
    said.textContent = t('keys.are_defaults');
  } });
  const slots = el('li', {}, el('span', { textContent: t('does.slot') }), el('kbd', { textContent: t('mouse.slot') }));
  return el('section', { class: 'keys', 'aria-labelledby': 'keys-title' }, el('h3', { id: 'keys-title', textContent: t('keys.title') }), said,
    el('ul', {}, ...rows.map(({ node }) => node), slots), reset);
}

function row(action, said) {
  const does = () => t(`does.${action}`);
  const buttons = codesOf(action).map((_, index) => keyButton(action, index, does, said));
  const mouse = MOUSE[action] ? el('kbd', { textContent: MOUSE[action]() }) : null;
  return { node: el('li', {}, el('span', { textContent: does() }), mouse, ...buttons.map(({ node }) => node)), draw: () => buttons.forEach(({ draw }) => draw()) };
}

/** A button with a key on it; pressed, it waits for the key that is wanted instead. */
function keyButton(action, index, does, said) {
  const node = el('button', { class: 'key', type: 'button', onclick: listen, onblur: () => stop(t('keys.hint')), onkeydown: pressed, onkeyup: lifted });
  let waits = false;
  let taken = ''; // the key that was just chosen

  function draw() {
    const key = keyName(codesOf(action)[index]);
    node.textContent = waits ? t('keys.press') : key;
    node.setAttribute('aria-label', waits ? t('keys.press') : t('keys.change', { does: does(), key }));
    node.classList.toggle('waits', waits);
  }

  function listen() {
    waits = true;
    said.textContent = t('keys.waiting', { does: does() });
    draw();
  }

  function stop(words) {
    if (!waits) return;
    waits = false;
    said.textContent = words;
    draw();
  }

  /** Tab leads on, as everywhere. */
  function pressed(event) {
    if (!waits || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation(); // Escape is not to close the panel
    if (event.repeat || ['Control', 'Alt', 'Meta'].includes(event.key)) return; // that began the button, or begins something of the browser's
    if (event.code === 'Escape') {
      stop(t('keys.hint'));
      return;
    }
    taken = event.code;
    const refusal = choose(action, index, event);
    if (refusal) said.textContent = refusal;
    else stop(t('keys.changed', { key: keyName(event.code), does: does() }));
  }

  /** Space presses a button when it is let go. */
  function lifted(event) {
    if (event.code === taken) event.preventDefault();
    taken = '';
  }

  draw();
  return { node, draw };
}
