// Slots in rows, of one's bag or of bag and chest, to be arranged: by dragging, by two presses, or by keys. A press with
// Shift, with the right button, or a long one takes only half of a stack.

import { el, show } from '../page/dom.js';
import { fingers } from '../input/phone.js';
import { blockName, t } from '../page/lang.js';
import { Slot } from './slot.js';

const DRAG = 8; // CSS pixels after which a press is a drag
const LONG = 450; // ms after which a still finger takes half
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Asks for something to be done with what one carries; a refusal is told as all refusals are. */
export async function ask({ net, sound, toast }, name, values) {
  try {
    await net.request(name, values);
    return true;
  } catch (refusal) {
    sound.refused();
    toast(refusal.message);
    return false;
  }
}

/** The bag's slots in rows as wide as the hot bar, which comes last, as it does on the screen. */
export function bagRows({ slots, hotbar }) {
  return Array.from({ length: slots }, (_, i) => (i + hotbar) % slots);
}

/**
 * @param {object} parts those of index.js
 * @param {{groups: {label: string, indices: number[]}[], slotAt: (index: number) => {block: number, count: number} | undefined,
 *   put: (from: number, to: number, half: boolean) => void}} what  `groups` are laid out one below the other
 */
export function createGrid(parts, { groups, slotAt, put }) {
  const { world, tiles, sound } = parts;
  const { slots: own, hotbar } = world.rules;
  let picked = -1;
  let half = false;
  let ended = false; // a drag, or a long press, has: the click that may follow it is none, however late it comes

  const move = (from, to) => {
    const halved = half;
    picked = -1;
    half = false;
    if (from !== to) put(from, to, halved);
    sound.chosen();
    draw();
  };
  const pick = (index, takesHalf) => {
    const count = slotAt(index)?.count ?? 0;
    if (count <= 0) return;
    picked = index;
    half = takesHalf && count > 1 && !world.kinds[slotAt(index).block].uses;
    sound.chosen();
    draw();
  };
  const press = (index, event) => {
    if (ended && event.detail > 0) return; // 0: by a key
    if (picked >= 0) move(picked, index);
    else pick(index, event.shiftKey);
  };
  const order = groups.flatMap(({ indices }) => indices.map((index) => new Slot(world, tiles, index, press, slotAt)));
  for (const slot of order) if (slot.index >= own) slot.labelled = (i, what) => t('chest.slot', { number: i - own + 1, what });
  const hint = el('p', { class: 'bag-hint', role: 'status' });
  let next = 0;
  const node = el('div', { class: 'bag' }, ...groups.map(({ label, indices }) => el('div', { class: 'bag-grid', role: 'group', 'aria-label': label },
    ...order.slice(next, next += indices.length).map(({ button }) => button))), hint);

  function draw() {
    for (const slot of order) {
      slot.draw(slot.index === picked);
      slot.button.classList.toggle('at-hand', slot.index < hotbar);
      slot.button.classList.toggle('held', slot.index === world.slot);
      slot.button.classList.toggle('halved', slot.index === picked && half);
    }
    const kind = picked >= 0 ? world.kinds[slotAt(picked)?.block] : null;
    const thing = kind && blockName(kind);
    if (!kind) hint.textContent = `${t('bag.hint')} ${fingers.matches ? t('bag.half.touch') : t('bag.half')}`;
    else hint.textContent = half ? t('bag.where_half', { thing }) : t('bag.where', { thing });
  }

  // One stop for the Tab key; the arrows go from slot to slot.
  let stop = order.findIndex(({ index }) => index === 0);
  order.forEach(({ button }, i) => { button.tabIndex = i === stop ? 0 : -1; });
  node.addEventListener('keydown', (event) => {
    const way = ARROWS[event.key];
    const at = order.findIndex(({ button }) => button === event.target);
    if (!way || at < 0) return;
    event.preventDefault();
    const to = at + way[0] + way[1] * hotbar;
    if (to < 0 || to >= order.length) return;
    order[stop].button.tabIndex = -1;
    stop = to;
    order[stop].button.tabIndex = 0;
    order[stop].button.focus();
  });
  node.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    const slot = event.target.closest('[data-slot]');
    if (slot && picked < 0) pick(Number(slot.dataset.slot), true);
  });
  node.addEventListener('pointerdown', () => { ended = false; }, true); // whatever is clicked now is meant
  dragging(node, {
    pictureOf: (index) => slotAt(index)?.count > 0 && tiles.icon(slotAt(index).block),
    held: (index) => {
      if (picked < 0) pick(index, true);
    },
    lifted: () => { ended = true; },
    drop: (from, to) => {
      ended = true;
      if (to !== null && (to < own || order.some(({ index }) => index === to))) move(from, to);
    },
  });
  return { node, draw };
}

/**
 * Lets what lies in a slot be carried by mouse or finger onto another, in the panel or in the hot bar.
 * @param {string} of  what is carried, as its elements' data-… name it: a slot, or something else that is put into one
 */
export function dragging(cells, { of = 'slot', pictureOf, held = () => {}, lifted = () => {}, drop }) {
  let drag = null;
  cells.addEventListener('pointerdown', (event) => {
    const source = event.target.closest(`[data-${of}]`);
    if (!source || event.button !== 0 || drag) return;
    const from = Number(source.dataset[of]);
    drag = { id: event.pointerId, from, x: event.clientX, y: event.clientY, ghost: null, long: false };
    if (event.pointerType !== 'mouse') {
      drag.timer = setTimeout(() => {
        drag.long = true;
        held(from);
      }, LONG);
    }
    source.setPointerCapture(event.pointerId);
  });
  cells.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drag?.id || drag.long) return;
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG) {
      clearTimeout(drag.timer);
      drag.ghost = ghost(pictureOf(drag.from), cells.closest('.panel'));
    }
    if (drag.ghost) drag.ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
  });
  for (const end of ['pointerup', 'pointercancel']) {
    cells.addEventListener(end, (event) => {
      if (event.pointerId !== drag?.id) return;
      const { from, ghost: picture, long, timer } = drag;
      clearTimeout(timer);
      drag = null;
      if (long) lifted();
      if (!picture) return;
      picture.remove();
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-slot]');
      drop(from, end === 'pointerup' && under ? Number(under.dataset.slot) : null);
    });
  }
}

/** What is carried, within the panel: it goes with it. */
function ghost(picture, panel) {
  if (!picture) return null;
  const canvas = el('canvas', { class: 'ghost', width: 16, height: 16 });
  show(canvas, picture);
  panel.append(canvas);
  return canvas;
}
