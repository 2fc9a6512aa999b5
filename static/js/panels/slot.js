// One slot of the inventory as a button: picture, count, and a bar that shows how much of a tool is left.

import { el, show } from '../page/dom.js';
import { blockName, t } from '../page/lang.js';
import { countedName } from '../world/things.js';

export class Slot {
  /**
   * @param {import('../world/state.js').World} world @param {import('../view/tiles.js').Tiles} tiles
   * @param {number} index @param {(index: number, event: MouseEvent) => void} onClick
   * @param {(index: number) => {block: number, count: number} | undefined} [slotAt] what lies in it, by default of one's own
   */
  constructor(world, tiles, index, onClick, slotAt = (i) => world.slots[i]) {
    Object.assign(this, { world, tiles, index, slotAt, block: -1, many: -1 });
    /** What a screen reader says of it. */
    this.labelled = (i, what) => t('slot.label', { number: i + 1, what });
    this.picture = el('canvas', { width: 16, height: 16 });
    this.count = el('span', { class: 'count' });
    this.left = el('span');
    this.wear = el('span', { class: 'wear', hidden: true }, this.left);
    this.button = el('button', { class: 'slot', type: 'button', 'data-slot': index, onclick: (event) => onClick(index, event) }, this.picture, this.count, this.wear);
  }

  /** @param {boolean} pressed whether it is the one in the hand, or the one picked up */
  draw(pressed) {
    const { block, count } = this.slotAt(this.index) ?? { block: 0, count: 0 };
    const shown = count > 0 ? block : 0;
    const kind = this.world.kinds[shown];
    const uses = kind?.uses ?? 0;
    if (this.block !== shown) show(this.picture, shown ? this.tiles.icon(shown) : null);
    if (this.block === shown && count > this.many && this.many >= 0) hop(this.button);
    this.block = shown;
    this.many = count;
    this.count.textContent = count > 1 && !uses ? count : '';
    this.wear.hidden = !uses || count === uses;
    if (uses) this.#drawWear(count / uses);
    const name = !shown ? t('slot.empty') : uses ? t('slot.uses', { thing: blockName(kind), count, uses }) : countedName(kind, count);
    this.button.title = name;
    this.button.setAttribute('aria-label', this.labelled(this.index, name));
    this.button.setAttribute('aria-pressed', String(pressed));
  }

  #drawWear(part) {
    this.left.style.width = `${Math.max(6, part * 100)}%`;
    this.left.className = part < 0.2 ? 'little' : part < 0.5 ? 'half' : '';
  }
}

function hop(button) {
  button.classList.remove('hop');
  void button.offsetWidth; // starts the animation anew
  button.classList.add('hop');
}
