// The nine slots at the lower edge, out of which the hand takes.

import { byId, el } from '../page/dom.js';
import { Slot } from './slot.js';

/**
 * @param {import('../world/state.js').World} world @param {import('../view/tiles.js').Tiles} tiles
 * @param {(slot: number) => void} onSelect
 */
export function createHotbar(world, tiles, onSelect) {
  const bar = byId('hotbar');
  const slots = Array.from({ length: world.rules.hotbar }, (_, i) => new Slot(world, tiles, i, onSelect));
  for (const { button, index } of slots) {
    button.append(el('kbd', { textContent: index + 1 }));
    bar.append(el('li', {}, button));
  }
  const draw = () => slots.forEach((slot) => slot.draw(slot.index === world.slot));
  world.on('inventory', draw);
  draw();
}
