// The picture of each chunk, kept off screen and redrawn only where it changed: the ground in one canvas, the walls in
// another (row by row, so that bodies can stand between the rows), and a list of what stands on each row.

import { CELL, TILE } from './tiles.js';
import { hash, noise, paint, rect, sheet } from '../art/pixels.js';
import { GROUND, PAINT, STANDING, chunkKey } from '../world/state.js';

const KEPT = 30; // pictures; about 2.7 MB each
const SHADE = 'rgba(31, 27, 46, 0.2)';
const COVERS = 0.68; // paint, of what is under it: its grain and shading still show

/** @typedef {{x: number, y: number, block: number, light: number, sprite: import('../art/plants.js').Sprite,
 *              phase: number}} Thing  what stands on tile x, y */

export class ChunkPictures {
  /** @param {import('../world/state.js').World} world @param {import('./tiles.js').Tiles} tiles */
  constructor(world, tiles) {
    this.world = world;
    this.tiles = tiles;
    this.pictures = new Map();
    this.patches = sheet(world.size * 2, world.size * 2);
    world.on('welcome', () => this.pictures.clear());
    world.on('chunk', ({ cx, cy }) => this.#arrived(cx, cy));
    world.on('forgotten', ({ cx, cy }) => this.pictures.delete(chunkKey(cx, cy)));
    world.on('block', ({ x, y }) => this.#changed(x, y));
  }

  /** The picture of a chunk; null where there is no whole one yet. */
  get(cx, cy) {
    const picture = this.pictures.get(chunkKey(cx, cy));
    return picture?.whole ? picture : null;
  }

  /** Draws the rows of a chunk's picture that come next, if any are due. @returns {number} how many, at most `rows` */
  draw(cx, cy, rows) {
    const key = chunkKey(cx, cy);
    if (rows <= 0 || !this.world.chunks.has(key)) return 0;
    const picture = this.pictures.get(key) ?? this.#fresh(key, cx, cy);
    const before = picture.drawn;
    const n = this.world.size;
    if (before === n) return 0;
    picture.drawn = Math.min(n, before + rows);
    this.#drawArea(picture, 0, before, n, picture.drawn);
    picture.whole ||= picture.drawn === n;
    return picture.drawn - before;
  }

  #fresh(key, cx, cy) {
    const n = this.world.size;
    if (this.pictures.size >= KEPT) this.pictures.delete(this.pictures.keys().next().value);
    const picture = {
      cx, cy, wet: false,
      drawn: 0, // rows that show what is known
      whole: false, // whether all rows were ever drawn
      ground: sheet(n * TILE, n * TILE),
      walls: sheet(n * TILE, n * CELL),
      hasWalls: new Uint8Array(n),
      /** @type {Thing[][]} */
      rows: Array.from({ length: n }, () => []),
      /** @type {Thing[]} */
      lamps: [],
    };
    this.pictures.set(key, picture);
    return picture;
  }

  /** A new chunk is drawn in its turn; it also changes the edges of those around it. */
  #arrived(cx, cy) {
    const n = this.world.size;
    const edge = { '-1': [n - 1, n], 0: [0, n], 1: [0, 1] };
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const picture = this.pictures.get(chunkKey(cx + dx, cy + dy));
        if (!picture) continue;
        if (!dx && !dy) picture.drawn = 0;
        else this.#redraw(picture, edge[dx][0], edge[dy][0], edge[dx][1], edge[dy][1]);
      }
    }
  }

  /** A tile shows in the edges and shadows of those next to it, maybe in another chunk. */
  #changed(tx, ty) {
    const n = this.world.size;
    for (let cy = Math.floor((ty - 1) / n); cy <= Math.floor((ty + 1) / n); cy++) {
      for (let cx = Math.floor((tx - 1) / n); cx <= Math.floor((tx + 1) / n); cx++) {
        const picture = this.pictures.get(chunkKey(cx, cy));
        if (!picture) continue;
        const [x, y] = [tx - cx * n, ty - cy * n];
        this.#redraw(picture, Math.max(0, x - 1), Math.max(0, y - 1), Math.min(n, x + 2), Math.min(n, y + 2));
      }
    }
  }

  /** As far as it was drawn; the rest comes in its turn. */
  #redraw(picture, x0, y0, x1, y1) {
    const end = Math.min(y1, picture.drawn);
    if (y0 < end) this.#drawArea(picture, x0, y0, x1, end);
  }

  #drawArea(picture, x0, y0, x1, y1) {
    const n = this.world.size;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) this.#drawTile(picture, x, y, picture.cx * n + x, picture.cy * n + y);
    }
    this.#tint(picture, x0, y0, x1, y1);
    for (let y = y0; y < y1; y++) this.#listRow(picture, y);
    picture.lamps = picture.rows.flat().filter((thing) => thing.light > 0);
    const chunk = this.world.chunks.get(chunkKey(picture.cx, picture.cy));
    picture.wet = chunk.layers[GROUND].some((id) => this.tiles.ground.styles[id]?.wet);
  }

  #drawTile(picture, x, y, tx, ty) {
    const groundAt = (dx, dy) => Math.max(0, this.world.at(tx + dx, ty + dy, GROUND));
    const wallAt = (dx, dy) => this.tiles.isWall(this.world.at(tx + dx, ty + dy, STANDING));
    const [px, py] = [x * TILE, y * TILE];
    this.tiles.ground.draw(picture.ground, px, py, tx, ty, groundAt);
    const paint = this.world.colours[this.world.at(tx, ty, PAINT)];
    if (paint) tinted(picture.ground, px, py, TILE, paint);
    this.#shadow(picture.ground, px, py, wallAt);
    picture.walls.clearRect(px, y * CELL, TILE, CELL);
    if (!wallAt(0, 0)) return;
    const around = { north: wallAt(0, -1), east: wallAt(1, 0), south: wallAt(0, 1), west: wallAt(-1, 0) };
    this.tiles.walls.draw(picture.walls, px, y * CELL, tx, ty, this.world.at(tx, ty, STANDING), around);
    if (paint) tinted(picture.walls, px, y * CELL, CELL, paint);
  }

  /** The light comes from the north-west: walls there darken this tile. */
  #shadow(ctx, px, py, wallAt) {
    if (wallAt(0, -1)) {
      rect(ctx, px, py, TILE, 3, SHADE);
      rect(ctx, px, py, TILE, 6, SHADE);
    }
    if (wallAt(-1, 0)) {
      const top = wallAt(0, -1) ? 6 : 0;
      rect(ctx, px, py + top, 3, TILE - top, SHADE);
      rect(ctx, px, py + top, 6, TILE - top, SHADE);
    } else if (wallAt(-1, -1) && !wallAt(0, -1)) {
      rect(ctx, px, py, 6, 5, SHADE);
    }
  }

  /** Large, faint patches of light and dark lie over the land, so that a meadow is not one flat green. */
  #tint(picture, x0, y0, x1, y1) {
    const n = this.world.size;
    const [width, height] = [(x1 - x0) * 2, (y1 - y0) * 2]; // in half tiles
    paint(this.patches, 0, 0, width, height, (x, y) => {
      const [wx, wy] = [(picture.cx * n + x0) * 2 + x, (picture.cy * n + y0) * 2 + y];
      if (this.tiles.ground.styles[this.world.at(wx >> 1, wy >> 1, GROUND)]?.wet) return null;
      const level = noise(wx, wy, 17, 21) * 0.7 + noise(wx, wy, 7, 22) * 0.3 + (hash(wx, wy, 23) - 0.5) * 0.06;
      const step = Math.round((level - 0.5) * 9);
      const alpha = Math.min(41, Math.abs(step) * 7);
      return step > 0 ? [255, 240, 180, alpha] : [30, 40, 80, alpha];
    });
    const half = TILE / 2;
    picture.ground.drawImage(this.patches.canvas, 0, 0, width, height, x0 * TILE, y0 * TILE, width * half, height * half);
  }

  #listRow(picture, y) {
    const n = this.world.size;
    const row = picture.rows[y];
    row.length = 0;
    picture.hasWalls[y] = 0;
    for (let x = 0; x < n; x++) {
      const [tx, ty] = [picture.cx * n + x, picture.cy * n + y];
      const block = this.world.at(tx, ty, STANDING);
      if (block === 0) continue;
      const light = this.world.kinds[block]?.light ?? 0;
      const sprite = this.tiles.standing(block, tx, ty, (dx, dy) => this.world.at(tx + dx, ty + dy, STANDING));
      if (sprite) row.push({ x: tx, y: ty, block, light, sprite, phase: hash(tx, ty, 12) });
      else picture.hasWalls[y] = 1;
    }
  }
}

/** Colours what is drawn on a tile, and nothing where nothing is. */
function tinted(ctx, px, py, height, colour) {
  ctx.save();
  ctx.globalCompositeOperation = 'source-atop';
  ctx.globalAlpha = COVERS;
  ctx.fillStyle = colour;
  ctx.fillRect(px, py, TILE, height);
  ctx.restore();
}
