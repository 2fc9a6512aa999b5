// How each block looks: as ground, as a wall with top and front, as a plant or thing that stands on its tile, as an icon.

import { Ground, TILE } from '../art/ground.js';
import { made } from '../art/made.js';
import { P, mix } from '../art/palette.js';
import { finished, hash, outlined, rect, sheet } from '../art/pixels.js';
import { thing } from '../art/pocket.js';
import { plants } from '../art/plants.js';
import { CELL, RISE, Walls } from '../art/walls.js';

export { CELL, RISE, TILE };

const EAST = 1;
const WEST = 2;

export class Tiles {
  /** @param {import('../world/state.js').Block[]} kinds */
  constructor(kinds) {
    this.kinds = kinds;
    this.ground = new Ground(kinds);
    this.walls = new Walls(kinds);
    this.artists = new Map([...plants(), ...made()]);
    this.pictures = new Map(); // of what has been seen: to draw all there is would hold up the page
    this.icons = new Map();
  }

  isWall(block) {
    return this.walls.is(block);
  }

  /** The picture of a block that stands on tile tx, ty, or null where there is none. `at(dx, dy)`: the blocks around. */
  standing(block, tx, ty, at) {
    const kind = this.kinds[block];
    if (!kind || block === 0 || this.isWall(block)) return null;
    const name = kind.name === 'fence' ? `fence${this.#joins(at)}` : kind.name;
    if (!this.pictures.has(name)) this.pictures.set(name, this.artists.get(name)?.() ?? [unknown(kind)]);
    const variants = this.pictures.get(name);
    return variants[Math.floor(hash(tx, ty, 9) * variants.length)];
  }

  #joins(at) {
    const joins = (id) => this.kinds[id]?.name === 'fence' || this.isWall(id);
    return (joins(at(1, 0)) ? EAST : 0) | (joins(at(-1, 0)) ? WEST : 0);
  }

  /** A picture of 16 × 16 for slots and hands. @returns {HTMLCanvasElement} */
  icon(block) {
    let icon = this.icons.get(block);
    if (!icon) {
      icon = this.#drawIcon(block);
      this.icons.set(block, icon);
    }
    return icon;
  }

  #drawIcon(block) {
    const kind = this.kinds[block];
    const pocketed = thing(kind);
    if (pocketed) return pocketed;
    if (kind.layer === 0) return outlined(TILE, TILE, P.ink, (c) => this.#groundIcon(c, block));
    if (this.isWall(block)) return outlined(TILE, TILE, P.ink, (c) => this.#wallIcon(c, block));
    const ctx = sheet(TILE, TILE);
    this.#plantIcon(ctx, block);
    return finished(ctx.canvas);
  }

  #groundIcon(ctx, block) {
    const tile = this.ground.styles[block]?.tiles;
    if (tile) ctx.drawImage(tile, 0, 0, TILE, TILE, 2, 4, 12, 9);
    else rect(ctx, 2, 4, 12, 9, P.water);
    rect(ctx, 2, 11, 12, 3, 'rgba(31, 27, 46, 0.35)');
    rect(ctx, 2, 4, 12, 1, 'rgba(255, 250, 235, 0.3)');
  }

  #wallIcon(ctx, block) {
    const { canvas } = this.walls.styles[block];
    ctx.drawImage(canvas, 0, 0, TILE, TILE, 2, 1, 12, 8);
    ctx.drawImage(canvas, 0, TILE, TILE, RISE, 2, 9, 12, 6);
    rect(ctx, 2, 1, 12, 1, 'rgba(255, 250, 235, 0.35)');
  }

  #plantIcon(ctx, block) {
    const { frames: [picture] } = this.standing(block, 0, 0, () => 0);
    const scale = Math.min(1, TILE / picture.width, TILE / picture.height);
    const [w, h] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
    ctx.drawImage(picture, Math.round((TILE - w) / 2), TILE - h, w, h);
  }
}

/** A block that this client has no drawing for shows as a crate in its own colour. */
function unknown(kind) {
  const picture = outlined(TILE, TILE + 4, P.ink, (c) => {
    rect(c, 1, 4, 14, 14, kind.colour);
    rect(c, 1, 4, 14, 5, mix(kind.colour, P.paper, 0.4));
  });
  return { frames: [picture], footX: 8, footY: 17, tall: false, flat: false };
}
