// A small picker of emoji: a grid to walk with the arrow keys, that stays open until it is left.

import { fingers } from '../input/phone.js';
import { el } from '../page/dom.js';

const COLUMNS = 8;
const TABLE = [
  '🙂', '😀', '😂', '😅', '😉', '😍', '🤔', '😎', '😴', '😢', '😭', '😡', '😱', '🥳', '🤝', '👍',
  '👎', '👋', '🙏', '💪', '👏', '🤷', '❤️', '💔', '🔥', '✨', '⭐', '🎉', '☀️', '🌙', '🌧️', '❄️',
  '🌲', '🌳', '🌸', '🍄', '🌾', '🍎', '🍞', '🐟', '🐑', '🐝', '🏠', '🚪', '🛏️', '🧭', '⛏️', '🪓',
];

/**
 * @param {HTMLButtonElement} button opens and closes it @param {HTMLInputElement} input what is chosen goes to its caret
 * @returns {{close: () => void}}
 */
export function createEmojiPicker(button, input) {
  const cells = TABLE.map((sign, i) => el('button', { class: 'plain', type: 'button', tabIndex: i ? -1 : 0, textContent: sign, onclick: ({ detail: clicks }) => insert(sign, clicks > 0) }));
  const grid = el('div', { class: 'emoji', role: 'group', 'aria-label': button.title, hidden: true }, ...cells);
  button.setAttribute('aria-expanded', 'false');
  input.form.before(grid);

  function show(open) {
    grid.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) cells.find((cell) => cell.tabIndex === 0).focus();
  }

  /** Who clicked writes on; by keys one may pick more, and under a finger a keyboard would come up over the grid. */
  function insert(sign, clicked) {
    const at = input.selectionStart ?? input.value.length;
    input.setRangeText(sign, at, input.selectionEnd ?? at, 'end');
    if (clicked && !fingers.matches) input.focus();
  }

  grid.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const at = cells.indexOf(document.activeElement);
    const along = getComputedStyle(grid).direction === 'rtl' ? -1 : 1;
    const step = { ArrowRight: along, ArrowLeft: -along, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (event.key === 'Escape') {
      show(false);
      input.focus();
    } else if (step !== undefined && cells[at + step]) {
      event.preventDefault();
      cells[at].tabIndex = -1;
      cells[at + step].tabIndex = 0;
      cells[at + step].focus();
    }
  });
  button.addEventListener('click', () => show(grid.hidden));
  return { close: () => show(false) };
}
