// One frame: water, ground, then row by row from north to south whatever stands there, light over it all.
// Nothing is made anew here; off-screen pictures are copied. Art pixels are drawn at a whole scale.

import { TILE } from '../art/ground.js';
import { CELL, RISE } from '../art/walls.js';
import { finished, sheet } from '../art/pixels.js';
import { P } from '../art/palette.js';
import { Light } from './light.js';
import { Water } from './water.js';
import { drawWeather } from './weather.js';
import { AGENT, chunkKey, tileKey } from '../world/state.js';

const SWAY_MS = 340;
const DRAWN_AT_ONCE = 6; // chunk pictures in a frame while there is nothing to see yet, else one at a time …
const ROWS_A_FRAME = 4; // … and so many rows of those that will come into view or are to be drawn anew
const AHEAD = 10 * TILE; // art pixels beyond the view within which a chunk's picture is drawn before it is needed
const HEADROOM = 52; // art pixels by which the tallest picture rises over its tile
/** The goal's ring: left, top, width and height of its parts, in art pixels within a tile. */
const RING = [[5, 4, 6, 1], [5, 12, 6, 1], [3, 5, 2, 1], [11, 5, 2, 1], [3, 11, 2, 1], [11, 11, 2, 1], [2, 6, 1, 5], [13, 6, 1, 5], [7, 8, 2, 1]];
const REACH_COLOUR = 'rgba(255, 250, 235, 0.85)';

export class Renderer {
  /**
   * @param {{world: import('../world/state.js').World, camera: import('./camera.js').Camera, tiles: import('./tiles.js').Tiles,
   *   chunks: import('./chunks.js').ChunkPictures, figures: import('./figures.js').Figures,
   *   particles: import('./particles.js').Particles, land: import('../world/land.js').Land, aim: {x: number, y: number, shown: boolean}}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.ctx = this.camera.canvas.getContext('2d', { alpha: false });
    this.light = new Light();
    this.water = new Water();
    this.cracks = cracks();
    this.still = false;
    this.visible = [];
  }

  /** @param {number} now ms @param {number} day 0 to 65535 */
  draw(now, day) {
    const { ctx, camera } = this;
    const [left, top] = [Math.floor(camera.left), Math.floor(camera.top)];
    const offX = -Math.round((camera.left - left) * camera.scale);
    const offY = -Math.round((camera.top - top) * camera.scale);
    ctx.setTransform(camera.scale, 0, 0, camera.scale, offX, offY);
    ctx.imageSmoothingEnabled = false;
    ctx.fillStyle = P.night;
    ctx.fillRect(0, 0, camera.width + 2, camera.height + 2);
    this.#gather(left, top);
    if (this.visible.some((picture) => picture.wet)) {
      this.water.fill(ctx, left, top, camera.width + 2, camera.height + 2, now, this.still);
      this.#hideUnknown(left, top);
    }
    const span = this.world.size * TILE;
    for (const picture of this.visible) ctx.drawImage(picture.ground.canvas, picture.cx * span - left, picture.cy * span - top);
    this.land.draw(ctx, left, top, camera.width + 2, camera.height + 2);
    this.#drawAim(left, top);
    this.#drawRows(left, top, now);
    if (this.world.goal) this.#drawGoal(this.world.goal, left, top, now);
    this.particles.draw(ctx, left, top);
    drawWeather(ctx, this.world.weather, left, top, camera.width + 2, camera.height + 2, now, this.still);
    this.#fog(left, top);
    this.#illuminate(day, left, top, offX, offY);
  }

  /** The pictures of the chunks in view; draws what is missing, and then some of what will be. */
  #gather(left, top) {
    const { chunks, camera } = this;
    let rows = this.world.size * (this.visible.length ? 1 : DRAWN_AT_ONCE);
    this.visible.length = 0;
    this.#eachChunk(left, top, left + camera.width + 1, top + camera.height + HEADROOM, (cx, cy) => {
      if (!chunks.get(cx, cy)) rows -= chunks.draw(cx, cy, rows);
      const picture = chunks.get(cx, cy);
      if (picture) this.visible.push(picture);
    });
    rows = Math.min(rows, ROWS_A_FRAME);
    this.#eachChunk(left - AHEAD, top - AHEAD, left + camera.width + AHEAD, top + camera.height + AHEAD, (cx, cy) => {
      rows -= chunks.draw(cx, cy, rows);
    });
  }

  /** Calls `use(cx, cy)` for each chunk that has a part of this rectangle of world pixels. */
  #eachChunk(left, top, right, bottom, use) {
    const span = this.world.size * TILE;
    for (let cy = Math.floor(top / span); cy * span <= bottom; cy++) {
      for (let cx = Math.floor(left / span); cx * span <= right; cx++) use(cx, cy);
    }
  }

  /** The water was laid everywhere; where the land is not known there shall be fog, not sea. */
  #hideUnknown(left, top) {
    const span = this.world.size * TILE;
    this.ctx.fillStyle = P.night;
    for (let cy = Math.floor(top / span); cy * span < top + this.camera.height + 1; cy++) {
      for (let cx = Math.floor(left / span); cx * span < left + this.camera.width + 1; cx++) {
        if (!this.#shows(cx, cy)) this.ctx.fillRect(cx * span - left, cy * span - top, span, span);
      }
    }
  }

  #shows(cx, cy) {
    return this.visible.some((picture) => picture.cx === cx && picture.cy === cy);
  }

  #drawRows(left, top, now) {
    const { list } = this.figures;
    const first = Math.floor(top / TILE);
    const last = Math.floor((top + this.camera.height + HEADROOM) / TILE);
    let next = 0;
    const n = this.world.size;
    for (let row = first; row <= last; row++) {
      for (const picture of this.visible) {
        const y = row - picture.cy * n;
        if (y >= 0 && y < n) this.#drawRow(picture, y, row, left, top, now);
      }
      const foot = (row + 1) * TILE;
      for (; next < list.length && list[next].y < foot; next++) {
        const figure = list[next];
        if (figure.y < first * TILE - TILE || figure.x < left - TILE || figure.x > left + this.camera.width + TILE) continue;
        this.figures.draw(this.ctx, figure, figure.x - left, figure.y - top, now, this.still);
      }
    }
  }

  #drawRow(picture, y, row, left, top, now) {
    const n = this.world.size;
    const { ctx } = this;
    if (picture.hasWalls[y]) {
      ctx.drawImage(picture.walls.canvas, 0, y * CELL, n * TILE, CELL, picture.cx * n * TILE - left, row * TILE - RISE - top, n * TILE, CELL);
      this.#crackWalls(picture, row, left, top);
    }
    for (const thing of picture.rows[y]) this.#drawThing(thing, left, top, now);
  }

  #drawThing(thing, left, top, now) {
    const { sprite } = thing;
    const x = thing.x * TILE + 8 - sprite.footX - left;
    if (x > this.camera.width || x < -48) return;
    const y = thing.y * TILE + (sprite.flat ? 14 : 13) - sprite.footY - top;
    let shake = 0;
    if (!this.still && this.world.cracks.size && this.world.cracks.has(tileKey(thing.x, thing.y))) shake = Math.sin(now / 28) > 0 ? 1 : 0;
    const frames = sprite.frames;
    const frame = frames.length > 1 && !this.still ? Math.floor(now / SWAY_MS + thing.phase * 4) % frames.length : 0;
    if (sprite.tall) this.ctx.globalAlpha = this.#crownAlpha(thing);
    this.ctx.drawImage(frames[frame], x + shake, y);
    this.ctx.globalAlpha = 1;
  }

  /** A tree steps back when it hides one's own body. */
  #crownAlpha(thing) {
    const own = this.figures.own;
    if (!own) return 1;
    const ahead = thing.y * TILE + 13 - own.y;
    const aside = Math.abs(thing.x * TILE + 8 - own.x);
    if (ahead < 2 || ahead > 44 || aside > 20) return 1;
    const cover = Math.min(1, (20 - aside) / 8) * Math.min(1, (44 - ahead) / 8) * Math.min(1, ahead / 8);
    return 1 - cover * 0.62;
  }

  #crackWalls(picture, row, left, top) {
    if (this.world.cracks.size === 0) return;
    for (const crack of this.world.cracks.values()) {
      if (crack.y !== row || Math.floor(crack.x / this.world.size) !== picture.cx) continue;
      if (!this.tiles.isWall(this.world.at(crack.x, crack.y, 1))) continue;
      const [x, y] = [crack.x * TILE - left, crack.y * TILE - top];
      this.ctx.drawImage(this.cracks, (crack.stage - 1) * TILE, 0, TILE, TILE, x, y - RISE, TILE, TILE);
      this.ctx.drawImage(this.cracks, (crack.stage - 1) * TILE, 0, TILE, RISE, x, y + TILE - RISE, TILE, RISE);
    }
  }

  /** The tile one points at, and cracks in bare ground. */
  #drawAim(left, top) {
    const { ctx, aim } = this;
    for (const crack of this.world.cracks.values()) {
      if (this.world.at(crack.x, crack.y, 1) !== 0) continue;
      ctx.drawImage(this.cracks, (crack.stage - 1) * TILE, 0, TILE, TILE, crack.x * TILE - left, crack.y * TILE - top, TILE, TILE);
    }
    if (!aim.shown) return;
    const [x, y] = [aim.x * TILE - left, aim.y * TILE - top];
    ctx.fillStyle = REACH_COLOUR;
    for (const [cx, cy, dx, dy] of [[0, 0, 1, 1], [TILE - 1, 0, -1, 1], [0, TILE - 1, 1, -1], [TILE - 1, TILE - 1, -1, -1]]) {
      ctx.fillRect(x + Math.min(cx, cx + dx * 3), y + cy, 4, 1);
      ctx.fillRect(x + cx, y + Math.min(cy, cy + dy * 3), 1, 4);
    }
  }

  /** Where one walks to: a ring on the ground, over whatever stands there. */
  #drawGoal(goal, left, top, now) {
    const { ctx } = this;
    const [x, y] = [goal.x * TILE - left, goal.y * TILE - top];
    const wide = this.still || now % (2 * SWAY_MS) < SWAY_MS ? 0 : 1;
    for (const [colour, down] of [[P.ink, 1], [P.gold, 0]]) {
      ctx.fillStyle = colour;
      for (const [dx, dy, w, h] of RING) ctx.fillRect(x + dx + Math.sign(dx - 7) * wide, y + dy + down, w, h);
    }
  }

  /** The land that is not there yet begins in mist. */
  #fog(left, top) {
    const { ctx } = this;
    const span = this.world.size * TILE;
    ctx.fillStyle = P.night;
    ctx.globalAlpha = 0.3;
    for (const { cx, cy } of this.visible) {
      const [x, y] = [cx * span - left, cy * span - top];
      const [west, east] = [!this.#isKnown(cx - 1, cy), !this.#isKnown(cx + 1, cy)];
      const [north, south] = [!this.#isKnown(cx, cy - 1), !this.#isKnown(cx, cy + 1)];
      for (let depth = 25; depth > 0; depth -= 5) {
        if (west) ctx.fillRect(x, y, depth, span);
        if (east) ctx.fillRect(x + span - depth, y, depth, span);
        if (north) ctx.fillRect(x, y, span, depth);
        if (south) ctx.fillRect(x, y + span - depth, span, depth);
      }
    }
    ctx.globalAlpha = 1;
  }

  #isKnown(cx, cy) {
    return this.world.chunks.has(chunkKey(cx, cy));
  }

  #illuminate(day, left, top, offX, offY) {
    const { light, camera, ctx } = this;
    if (!light.begin(day, camera.width, camera.height)) return;
    this.#eachLamp(left, top, (kind, x, y, power) => light.add(kind, x, y, power * 9));
    for (const figure of this.figures.list) {
      const [x, y] = [figure.x - left, figure.y - 8 - top];
      const { id, driver } = figure.body;
      if (id === this.world.you) light.add(light.soft, x, y, 84, 0.8);
      else if (driver === AGENT) light.add(light.cool, x, y, 52, 0.8);
      else light.add(light.soft, x, y, 44, 0.5);
      const held = id === this.world.you ? this.world.held : figure.body.held;
      const power = this.world.kinds[held]?.light ?? 0;
      if (power > 0) light.add(light.warm, x, y, power * 8);
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    light.lay(ctx, camera.scale, offX, offY);
    ctx.setTransform(camera.scale, 0, 0, camera.scale, offX, offY);
    this.#eachLamp(left, top, (kind, x, y, power) => light.glow(ctx, kind, x, y, 8 + power, 0.4));
  }

  /** Calls `use(kind of light, x, y, power)` for each lamp whose light falls into the view. */
  #eachLamp(left, top, use) {
    const { light, camera } = this;
    for (const picture of this.visible) {
      for (const lamp of picture.lamps) {
        const x = lamp.x * TILE + 8 - left;
        const y = lamp.y * TILE + 4 - top;
        const far = lamp.light * 9;
        if (x < -far || y < -far || x > camera.width + far || y > camera.height + far) continue;
        const { name } = this.world.kinds[lamp.block];
        use(name === 'glowcap' ? light.cool : name === 'crystal' ? light.mystic : light.warm, x, y, lamp.light);
      }
    }
  }
}

/** Five stages of breaking, side by side. */
function cracks() {
  const ctx = sheet(TILE * 5, TILE);
  const lines = [[8, 8, 4, -5], [8, 8, -5, 3], [8, 8, 3, 6], [8, 8, -4, -4], [4, 4, -3, 2], [12, 3, 3, 3], [11, 13, 4, -2], [3, 11, 2, 4]];
  for (let stage = 0; stage < 5; stage++) {
    for (const [x, y, dx, dy] of lines.slice(0, 2 + stage * 2)) {
      const steps = Math.max(Math.abs(dx), Math.abs(dy));
      for (let i = 0; i <= steps; i++) {
        const px = Math.round(x + (dx * i) / steps + (i % 2 ? 0.6 : 0));
        const py = Math.round(y + (dy * i) / steps);
        if (px < 0 || py < 0 || px >= TILE || py >= TILE) continue;
        ctx.fillStyle = 'rgba(31, 27, 46, 0.75)';
        ctx.fillRect(stage * TILE + px, py, 1, 1);
        ctx.fillStyle = 'rgba(255, 250, 235, 0.3)';
        if (px + 1 < TILE) ctx.fillRect(stage * TILE + px + 1, py, 1, 1);
      }
    }
  }
  return finished(ctx.canvas);
}
