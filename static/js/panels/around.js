// The picture in words, for those who listen to it: what is in front of the body, and who is near.

import { byId } from '../page/dom.js';
import { blockName, t } from '../page/lang.js';
import { AGENT, ASLEEP, GROUND, STANDING } from '../world/state.js';

const EVERY = 700; // ms
const NEAR = 10; // tiles
const MOST = 4; // people named
const SIDES = ['east', 'south-east', 'south', 'south-west', 'west', 'north-west', 'north', 'north-east'];

/**
 * @param {import('../world/state.js').World} world @param {import('../view/figures.js').Figures} figures
 * @param {import('../world/hands.js').Hands} hands @param {import('../world/land.js').Land} land
 * @param {import('../world/signs.js').Signs} signs
 * @returns {(now: number) => void} to be called each frame; it speaks only when one stands still and something changed
 */
export function createAround(world, figures, hands, land, signs) {
  const place = byId('around');
  const whose = byId('whose');
  let lookedAt = -Infinity;
  return (now) => {
    const { own } = figures;
    if (!own || now - lookedAt < EVERY) return;
    lookedAt = now;
    const owner = landOf(land, hands.tileUnderfoot());
    if (whose.textContent !== owner) whose.textContent = owner;
    if (own.walking) return;
    const words = `${ahead(world, hands.tileAhead(), signs)} ${peopleNear(figures.list, own)}`.trim();
    if (place.textContent !== words) place.textContent = words;
  };
}

/** Whose the ground underfoot is, if it is somebody's. */
function landOf(land, { x, y }) {
  const plot = land.at(x, y);
  return plot ? t(`land.is.${land.kind(x, y)}`, { name: plot.name }) : '';
}

function ahead(world, { x, y }, signs) {
  const ground = world.kinds[world.at(x, y, GROUND)];
  const block = world.kinds[world.at(x, y, STANDING)];
  if (!ground) return '';
  const words = block?.use === 'sign' ? signs.at(x, y).text : '';
  if (words) return t('around.sign', { words });
  return block && block.id !== 0
    ? t('around.ahead_on', { block: blockName(block), ground: blockName(ground) })
    : t('around.ahead', { ground: blockName(ground) });
}

/** Who is near a place, or near the one of the list who stands there. @param {import('../view/figures.js').Figure[]} list */
export function peopleNear(list, own) {
  const near = list.filter((f) => f !== own && Math.hypot(f.x - own.x, f.y - own.y) < NEAR * 16)
    .sort((a, b) => Math.hypot(a.x - own.x, a.y - own.y) - Math.hypot(b.x - own.x, b.y - own.y)).slice(0, MOST);
  if (!near.length) return '';
  return t('around.near', { people: near.map((figure) => who(figure, own)).join('; ') });
}

function who({ body, x, y }, own) {
  const name = body.driver === AGENT ? t('agent.of', body) : body.driver === ASLEEP ? t('around.asleep', body) : body.name;
  const tiles = Math.round(Math.hypot(x - own.x, y - own.y) / 16);
  if (tiles < 1) return t('around.beside', { name });
  return t('around.far', { name, count: tiles, side: t(`side.${sideOf(x - own.x, y - own.y)}`) });
}

/** How many tiles it is from a figure to a tile, and to which side, in words. */
export function wayTo(own, { x, y }) {
  const [dx, dy] = [x - Math.floor(own.x / 16), y - Math.floor(own.y / 16)];
  return { count: Math.round(Math.hypot(dx, dy)), side: t(`side.${sideOf(dx, dy)}`) };
}

/** Which side something lies to, so far to the right and so far down. */
const sideOf = (dx, dy) => SIDES[(Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) + 8) % 8];
