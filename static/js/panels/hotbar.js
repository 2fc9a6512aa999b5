// The nine slots at the lower edge.

import { byId, el, show } from '../dom.js';

/**
 * @param {import('../state.js').World} world @param {import('../tiles.js').Tiles} tiles
 * @param {(slot: number) => void} onSelect
 */
export function createHotbar(world, tiles, onSelect) {
  const bar = byId('hotbar');
  const slots = Array.from({ length: world.rules.hotbar }, (_, i) => {
    const picture = el('canvas', { width: 16, height: 16 });
    const count = el('span', { class: 'count' });
    const button = el('button', { class: 'slot', type: 'button', onclick: () => onSelect(i) }, picture, count, el('kbd', { textContent: i + 1 }));
    bar.append(el('li', {}, button));
    return { button, picture, count, block: -1, many: -1 };
  });

  function draw() {
    slots.forEach((slot, i) => {
      const { block, count } = world.slots[i] ?? { block: 0, count: 0 };
      const shown = count > 0 ? block : 0;
      if (slot.block !== shown) show(slot.picture, shown ? tiles.icon(shown) : null);
      if (slot.block === shown && count > slot.many && slot.many >= 0) hop(slot.button);
      slot.block = shown;
      slot.many = count;
      slot.count.textContent = count > 1 ? count : '';
      const name = shown ? `${count} ${world.kinds[shown].name}` : 'empty';
      slot.button.title = name;
      slot.button.setAttribute('aria-label', `Slot ${i + 1}: ${name}`);
      slot.button.setAttribute('aria-pressed', String(i === world.slot));
    });
  }
  world.on('inventory', draw);
  draw();
}

function hop(button) {
  button.classList.remove('hop');
  void button.offsetWidth; // starts the animation anew
  button.classList.add('hop');
}
