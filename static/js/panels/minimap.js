// The land around from above, one pixel for a tile, with everybody who is in sight.

import { AGENT_COLOUR, P } from '../art/palette.js';
import { byId } from '../page/dom.js';
import { unpack } from '../world/explored.js';
import { AGENT, ASLEEP, chunkKey } from '../world/state.js';

const SPAN = 96; // tiles across
const EVERY = 250; // ms

/** @param {import('../world/state.js').World} world @param {import('../view/figures.js').Figures} figures
 * @param {import('../world/land.js').Land} land @param {import('../world/explored.js').Explored} explored
 * @param {() => {x: number, y: number} | undefined} middle in art pixels */
export function createMinimap(world, figures, land, explored, middle) {
  const canvas = byId('minimap').querySelector('canvas');
  canvas.width = SPAN;
  canvas.height = SPAN;
  const ctx = canvas.getContext('2d');
  const images = new Map();
  const n = world.size;
  let drawnAt = -Infinity;

  world.on('welcome', () => images.clear());
  world.on('explored', ({ cx, cy }) => images.delete(chunkKey(cx, cy)));
  world.on('forgotten', ({ cx, cy }) => images.delete(chunkKey(cx, cy)));

  function image(chunk) {
    const key = chunkKey(chunk.cx, chunk.cy);
    let found = images.get(key);
    if (found) return found;
    found = ctx.createImageData(n, n);
    unpack(explored.get(chunk.cx, chunk.cy).colours, found.data);
    images.set(key, found);
    return found;
  }

  /** A ring around the marked place, at the edge of the map if that lies further out. */
  function drawMark(x, y) {
    const inside = (at) => Math.max(4, Math.min(SPAN - 4, at)) + 0.5;
    ctx.lineWidth = 2;
    ctx.strokeStyle = P.red;
    ctx.strokeRect(inside(x) - 3, inside(y) - 3, 6, 6);
  }

  /** Draws the map again if some time has passed. */
  return (now) => {
    const centre = middle();
    if (!centre || now - drawnAt < EVERY) return;
    drawnAt = now;
    const [left, top] = [Math.floor(centre.x / 16) - SPAN / 2, Math.floor(centre.y / 16) - SPAN / 2];
    ctx.fillStyle = P.night;
    ctx.fillRect(0, 0, SPAN, SPAN);
    for (const chunk of world.chunks.values()) {
      const [x, y] = [chunk.cx * n - left, chunk.cy * n - top];
      if (x > -n && y > -n && x < SPAN && y < SPAN) ctx.putImageData(image(chunk), x, y);
    }
    land.drawOnMap(ctx, left, top);
    for (const figure of figures.list) {
      const [x, y] = [Math.floor(figure.x / 16) - left, Math.floor(figure.y / 16) - top];
      ctx.fillStyle = P.ink;
      ctx.fillRect(x - 2, y - 2, 4, 4);
      const { driver, id } = figure.body;
      ctx.fillStyle = id === world.you ? P.gold : driver === AGENT ? AGENT_COLOUR : driver === ASLEEP ? P.pebble : P.paper;
      ctx.fillRect(x - 1, y - 1, 2, 2);
    }
    if (world.mark) drawMark(world.mark.x - left, world.mark.y - top);
  };
}
