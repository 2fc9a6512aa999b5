// A chest: its slots above those of one's bag, and things go from one to the other as they do within the bag.

import { el } from '../page/dom.js';
import { codesOf } from '../input/keys.js';
import { t } from '../page/lang.js';
import { STANDING } from '../world/state.js';
import { ask, bagRows, createGrid } from './grid.js';
import { closePanel, openPanel } from './panel.js';

const LOOK_EVERY = 300; // ms between two looks whether it is still there and within reach

/** Opens when the server shows the chest that the hands have used, and follows what others do in it. */
export function createChest(parts) {
  const { net, world, hands } = parts;
  let open = null;
  world.on('inventory', () => open?.draw());
  net.on('welcome', () => open && closePanel());
  net.on('chest', ({ x, y, slots }) => {
    if (open?.x === x && open?.y === y) {
      open.slots = slots;
      open.draw();
    } else if (hands.looksFor(x, y)) show(x, y, slots);
  });

  function show(x, y, slots) {
    const chest = { x, y, slots, draw: () => {} };
    let timer = 0;
    openPanel(t('chest.title'), (body) => {
      const own = world.rules.slots;
      const grid = createGrid(parts, {
        groups: [
          { label: t('chest.inside'), indices: Array.from({ length: world.rules.chest_slots }, (_, i) => own + i) },
          { label: t('bag.carried'), indices: bagRows(world.rules) },
        ],
        slotAt: (index) => (index < own ? world.slots[index] : chest.slots[index - own]),
        put: (a, b, half) => ask(parts, 'stow', { x, y, a, b, half }),
      });
      body.append(grid.node, el('p', { class: 'bag-hint', textContent: t('chest.note') }));
      chest.draw = grid.draw;
      open = chest;
      chest.draw();
      timer = setInterval(() => {
        const here = world.kinds[world.at(x, y, STANDING)]?.use === 'chest';
        if (!here || !hands.inReach(x, y)) closePanel();
      }, LOOK_EVERY);
    }, {
      keys: [...codesOf('bag'), ...codesOf('place')],
      closed: () => {
        clearInterval(timer);
        open = null;
      },
    });
  }
}
