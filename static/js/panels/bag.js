// The bag: all slots, to be arranged by dragging or by two presses, and what can be made of what lies in them.

import { choices, standing } from '../craft.js';
import { el, show } from '../dom.js';
import { blockName, t } from '../lang.js';
import { STANDING } from '../state.js';
import { Slot } from './slot.js';
import { togglePanel } from './panel.js';

const LOOK_EVERY = 300; // ms between two looks at what stands within reach
const DRAG = 8; // CSS pixels after which a press is a drag
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {{net: import('../net.js').Net, world: import('../state.js').World, hands: import('../hands.js').Hands,
 *   tiles: import('../tiles.js').Tiles, sound: import('../sound.js').Sound, toast: (text: string) => void}} parts
 * @returns {() => void} opens the panel, or closes it
 */
export function createBag(parts) {
  const { world } = parts;
  let draw = null;
  world.on('inventory', () => draw?.());
  return () => {
    let timer = 0;
    togglePanel(t('bag.title'), (body) => {
      const grid = createGrid(parts);
      const list = createList(parts);
      body.append(grid.node, list.node);
      draw = () => {
        grid.draw();
        list.draw();
      };
      timer = setInterval(() => list.draw(), LOOK_EVERY);
      draw();
    }, {
      keys: ['KeyE', 'KeyI'],
      closed: () => {
        clearInterval(timer);
        draw = null;
      },
    });
  };
}

/** Asks for something to be done with what one carries; a refusal is told as all refusals are. */
async function ask({ net, sound, toast }, name, values) {
  try {
    await net.request(name, values);
    return true;
  } catch (refusal) {
    sound.refused();
    toast(refusal.message);
    return false;
  }
}

/** The slots in rows as wide as the hot bar, which comes last, as it does on the screen. */
function createGrid(parts) {
  const { world, tiles, sound } = parts;
  const { slots: many, hotbar } = world.rules;
  let picked = -1;
  let dragged = false; // a drag ends with a click that is none

  const put = (from, to) => {
    picked = -1;
    if (from !== to) ask(parts, 'swap', { a: from, b: to });
    sound.chosen();
    draw();
  };
  const press = (index) => {
    if (dragged) dragged = false;
    else if (picked >= 0) put(picked, index);
    else if (world.slots[index]?.count > 0) {
      picked = index;
      draw();
    }
  };
  const slots = Array.from({ length: many }, (_, i) => new Slot(world, tiles, i, press));
  const order = [...slots.slice(hotbar), ...slots.slice(0, hotbar)];
  const hint = el('p', { class: 'bag-hint', role: 'status' });
  const cells = el('div', { class: 'bag-grid', role: 'group', 'aria-label': t('bag.carried') },
    ...order.map(({ button }) => button));
  const node = el('div', { class: 'bag' }, cells, hint);

  function draw() {
    for (const slot of slots) {
      slot.draw(slot.index === picked);
      slot.button.classList.toggle('at-hand', slot.index < hotbar);
      slot.button.classList.toggle('held', slot.index === world.slot);
    }
    const kind = picked >= 0 && world.kinds[world.slots[picked]?.block];
    hint.textContent = kind ? t('bag.where', { thing: blockName(kind) }) : t('bag.hint');
  }

  // One stop for the Tab key; the arrows go from slot to slot.
  let stop = order.length - hotbar;
  order.forEach(({ button }, i) => { button.tabIndex = i === stop ? 0 : -1; });
  cells.addEventListener('keydown', (event) => {
    const way = ARROWS[event.key];
    const at = order.findIndex(({ button }) => button === event.target);
    if (!way || at < 0) return;
    event.preventDefault();
    const next = at + way[0] + way[1] * hotbar;
    if (next < 0 || next >= order.length) return;
    order[stop].button.tabIndex = -1;
    stop = next;
    order[stop].button.tabIndex = 0;
    order[stop].button.focus();
  });
  dragging(cells, (index) => world.slots[index]?.count > 0 && tiles.icon(world.slots[index].block), (from, to) => {
    dragged = true;
    setTimeout(() => { dragged = false; }); // where the browser sends no click after it
    if (to !== null) put(from, to);
  });
  return { node, draw };
}

/** Lets what lies in a slot be carried by mouse or finger onto another, in the panel or in the hot bar. */
function dragging(cells, pictureOf, drop) {
  let drag = null;
  cells.addEventListener('pointerdown', (event) => {
    const slot = event.target.closest('[data-slot]');
    if (!slot || event.button !== 0 || drag) return;
    drag = { id: event.pointerId, from: Number(slot.dataset.slot), x: event.clientX, y: event.clientY, ghost: null };
    slot.setPointerCapture(event.pointerId);
  });
  cells.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drag?.id) return;
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG) drag.ghost = ghost(pictureOf(drag.from));
    if (drag.ghost) drag.ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
  });
  for (const end of ['pointerup', 'pointercancel']) {
    cells.addEventListener(end, (event) => {
      if (event.pointerId !== drag?.id) return;
      const { from, ghost: picture } = drag;
      drag = null;
      if (!picture) return;
      picture.remove();
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-slot]');
      drop(from, end === 'pointerup' && under ? Number(under.dataset.slot) : null);
    });
  }
}

function ghost(picture) {
  if (!picture) return null;
  const canvas = el('canvas', { class: 'ghost', width: 16, height: 16 });
  show(canvas, picture);
  document.body.append(canvas);
  return canvas;
}

/** The recipes, those first that can be made now. */
function createList(parts) {
  const { world, hands, tiles, sound } = parts;
  const { recipes, reach } = world.rules;
  const stations = new Set(recipes.map((recipe) => recipe.at).filter(Boolean));
  const list = el('div', { class: 'recipes' });
  const said = el('p', { class: 'only-heard', role: 'status' });
  const node = el('div', { class: 'crafting' }, list, said);
  const rows = new Map(recipes.map((recipe) => [recipe.id, createRow(recipe, world, tiles, make)]));
  let shown = '';

  async function make(recipe) {
    if (!await ask(parts, 'craft', { recipe: recipe.id })) return;
    sound.pickedUp();
    said.textContent = t('bag.made', { count: recipe.count, thing: blockName(world.kinds[recipe.makes]) });
  }

  function draw() {
    const { place } = hands.predictor;
    const [cx, cy] = [Math.floor(place.x / world.unit), Math.floor(place.y / world.unit)];
    const near = standing(stations, cx, cy, Math.ceil(reach), (x, y) => world.at(x, y, STANDING), (x, y) => hands.inReach(x, y));
    const groups = choices(recipes, world.slots, near);
    for (const { choices: of } of groups) for (const choice of of) rows.get(choice.recipe.id).draw(choice);
    const layout = JSON.stringify(groups.map(({ at, choices: of }) => [at, of.map(({ recipe }) => recipe.id)]));
    if (layout === shown) return;
    shown = layout;
    const focused = document.activeElement;
    list.replaceChildren(...groups.flatMap(({ title, at, choices: of }) => [
      el('h3', { textContent: title === 'now' ? t('bag.can') : heading(world, at, near) }),
      el('ul', {}, ...of.map(({ recipe }) => rows.get(recipe.id).node)),
    ]));
    if (!node.contains(focused) || focused === document.activeElement) return;
    // What was pressed has moved, or can no longer be made: the keyboard stays in the list.
    (focused.disabled ? list.querySelector('button:enabled') ?? node.closest('.panel') : focused).focus();
  }
  return { node, draw };
}

function heading(world, at, near) {
  if (!at) return t('bag.bare_hands');
  const station = blockName(world.kinds[at]);
  return near.has(at) ? t('bag.at', { station }) : t('bag.far', { station });
}

function createRow(recipe, world, tiles, make) {
  const { uses } = world.kinds[recipe.makes];
  const thing = blockName(world.kinds[recipe.makes]);
  const { count } = recipe;
  const picture = el('canvas', { width: 16, height: 16 });
  show(picture, tiles.icon(recipe.makes));
  const needs = el('small');
  const lacks = el('small', { class: 'missing' });
  const button = el('button', { type: 'button', textContent: t('bag.make'), 'aria-label': t('bag.make_what', { count, thing }), onclick: () => make(recipe) });
  const title = el('strong', { textContent: count > 1 ? t('bag.makes', { count, thing }) : thing });
  const node = el('li', { class: 'recipe' }, picture, el('div', {}, title, needs, lacks), button);
  if (uses) title.title = t('bag.uses', { count: uses });
  const list = (pairs) => pairs.map(([part, many]) => t('thing.many', { count: many, thing: blockName(world.kinds[part]) })).join(t('list.comma'));

  const all = list(recipe.parts);
  needs.textContent = all;

  /** @param {{missing: [number, number][], can: boolean}} choice */
  function draw({ missing, can }) {
    button.disabled = !can;
    node.classList.toggle('cannot', !can);
    const lack = missing.length ? t('bag.missing', { things: list(missing) }) : '';
    if (lacks.textContent !== lack) lacks.textContent = lack;
    needs.hidden = lack === t('bag.missing', { things: all }); // the same twice
  }
  return { node, draw };
}
