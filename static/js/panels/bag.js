// The bag: all slots, to be arranged in a grid, and what can be made of what lies in them.

import { choices, standing } from '../world/craft.js';
import { el, show } from '../page/dom.js';
import { codesOf } from '../input/keys.js';
import { blockName, t } from '../page/lang.js';
import { STANDING } from '../world/state.js';
import { countedName } from '../world/things.js';
import { ask, bagRows, createGrid, dragging } from './grid.js';
import { togglePanel } from './panel.js';

const LOOK_EVERY = 300; // ms between two looks at what stands within reach

/**
 * @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, hands: import('../world/hands.js').Hands,
 *   tiles: import('../view/tiles.js').Tiles, sound: import('../page/sound.js').Sound, toast: (text: string) => void}} parts
 * @returns {() => void} opens the panel, or closes it
 */
export function createBag(parts) {
  const { world } = parts;
  let draw = null;
  world.on('inventory', () => draw?.());
  return () => {
    let timer = 0;
    togglePanel(t('bag.title'), (body) => {
      const grid = createGrid(parts, {
        groups: [{ label: t('bag.carried'), indices: bagRows(world.rules) }],
        slotAt: (index) => world.slots[index],
        put: (a, b, half) => ask(parts, half ? 'split' : 'swap', { a, b }),
      });
      const list = createList(parts);
      body.append(grid.node, list.node);
      draw = () => {
        grid.draw();
        list.draw();
      };
      timer = setInterval(() => list.draw(), LOOK_EVERY);
      draw();
    }, {
      keys: codesOf('bag'),
      closed: () => {
        clearInterval(timer);
        draw = null;
      },
    });
  };
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
    if (!await ask(parts, 'craft', { recipe: recipe.id })) return false;
    sound.pickedUp();
    said.textContent = t('bag.made', { thing: countedName(world.kinds[recipe.makes], recipe.count) });
    return true;
  }

  /** Makes it, and puts it into slot `to` if that is empty, unless it has joined a stack. */
  async function makeInto(recipe, to) {
    const before = world.slots.map(({ count }) => count);
    if (!await make(recipe) || world.slots[to]?.count > 0) return;
    const at = world.slots.findIndex(({ block, count }, i) => block === recipe.makes && count > 0 && !before[i]);
    if (at >= 0) await ask(parts, 'swap', { a: at, b: to });
  }

  dragging(list, {
    of: 'recipe',
    pictureOf: (id) => rows.get(id).can && tiles.icon(recipes.find((recipe) => recipe.id === id).makes),
    drop: (id, to) => {
      if (to !== null && to < world.rules.slots) makeInto(recipes.find((recipe) => recipe.id === id), to);
    },
  });

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
  const thing = countedName(world.kinds[recipe.makes], recipe.count);
  const picture = el('canvas', { width: 16, height: 16, 'data-recipe': recipe.id });
  show(picture, tiles.icon(recipe.makes));
  const needs = el('small');
  const lacks = el('small', { class: 'missing' });
  const button = el('button', { type: 'button', textContent: t('bag.make'), 'aria-label': t('bag.make_what', { thing }), onclick: () => make(recipe) });
  const title = el('strong', { textContent: thing });
  const node = el('li', { class: 'recipe' }, picture, el('div', {}, title, needs, lacks), button);
  const row = { node, can: false, draw };
  if (uses) title.title = t('bag.uses', { count: uses });
  const list = (pairs) => pairs.map(([part, many]) => countedName(world.kinds[part], many)).join(t('list.comma'));

  const all = list(recipe.parts);
  needs.textContent = all;

  /** @param {{missing: [number, number][], can: boolean}} choice */
  function draw({ missing, can }) {
    row.can = can;
    button.disabled = !can;
    node.classList.toggle('cannot', !can);
    const lack = missing.length ? t('bag.missing', { things: list(missing) }) : '';
    if (lacks.textContent !== lack) lacks.textContent = lack;
    needs.hidden = lack === t('bag.missing', { things: all }); // the same twice
  }
  return row;
}
