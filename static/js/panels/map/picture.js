// The map's picture: the explored ground in sheets of eight by eight chunks, whose land it is, what is a landmark, who is
// in sight.

import { AGENT_COLOUR, P } from '../../art/palette.js';
import { sheet } from '../../art/pixels.js';
import { unpack } from '../../world/explored.js';
import { FRIEND } from '../../chat/friends.js';
import { AGENT, ASLEEP, chunkKey } from '../../world/state.js';

const ACROSS = 8; // chunks along a sheet
const SHEETS = 64; // that are kept, 256 KiB each; those out of view go first
const SIGNS = { // as in the list, see style.css
  home: P.gold, spawn: P.paper, ruin: P.pebble, plot: P.gold,
};

export class MapPicture {
  /** @param {HTMLCanvasElement} canvas @param {import('../../view/mapview.js').MapView} view @param {import('../map.js').Parts} parts */
  constructor(canvas, view, { world, land, figures, friends, explored }) {
    Object.assign(this, { canvas, view, world, land, figures, friends, explored });
    this.ctx = canvas.getContext('2d', { alpha: false });
    this.image = this.ctx.createImageData(world.size, world.size);
    this.sheets = new Map();
  }

  /** Takes over the size that the page gives the map. */
  fit() {
    const { canvas, view } = this;
    const dpr = devicePixelRatio || 1;
    [view.width, view.height] = [Math.max(1, canvas.clientWidth), Math.max(1, canvas.clientHeight)];
    const [width, height] = [Math.round(view.width * dpr), Math.round(view.height * dpr)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.dpr = dpr;
  }

  /** A chunk was seen, or changed. */
  changed({ cx, cy }) {
    const [sx, sy] = [Math.floor(cx / ACROSS), Math.floor(cy / ACROSS)];
    const known = this.sheets.get(chunkKey(sx, sy));
    if (known) this.#lay(known, sx, sy, cx, cy);
  }

  /** @param {import('../../world/landmarks.js').Landmark[]} marks */
  draw(marks) {
    const { ctx, view, dpr } = this;
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    ctx.fillStyle = P.night;
    ctx.fillRect(0, 0, view.width, view.height);
    this.#drawGround();
    ctx.save();
    const { x, y } = view.toMap(0, 0);
    this.land.drawOnMap(ctx, -x / view.scale, -y / view.scale, view.scale);
    ctx.restore();
    for (const mark of marks) this.#drawSign(mark);
    for (const figure of this.figures.list) this.#drawBody(figure);
    if (this.canvas.matches(':focus-visible')) this.#drawMiddle();
  }

  #drawGround() {
    const { ctx, view } = this;
    const span = ACROSS * this.world.size;
    const corner = view.toMap(0, 0);
    const [left, top] = [-corner.x / view.scale, -corner.y / view.scale]; // tiles
    const wanted = new Set();
    ctx.imageSmoothingEnabled = view.scale < 1;
    for (let sy = Math.floor(top / span); sy * span < top + view.height / view.scale; sy++) {
      for (let sx = Math.floor(left / span); sx * span < left + view.width / view.scale; sx++) {
        wanted.add(chunkKey(sx, sy));
        const [x0, y0] = [Math.round((sx * span - left) * view.scale), Math.round((sy * span - top) * view.scale)];
        const [x1, y1] = [Math.round(((sx + 1) * span - left) * view.scale), Math.round(((sy + 1) * span - top) * view.scale)];
        ctx.drawImage(this.#sheet(sx, sy).canvas, x0, y0, x1 - x0, y1 - y0);
      }
    }
    for (const key of this.sheets.keys()) {
      if (this.sheets.size <= SHEETS) break;
      if (!wanted.has(key)) this.sheets.delete(key);
    }
  }

  #sheet(sx, sy) {
    const key = chunkKey(sx, sy);
    const known = this.sheets.get(key);
    if (known) return known;
    const made = sheet(ACROSS * this.world.size, ACROSS * this.world.size);
    for (let dy = 0; dy < ACROSS; dy++) for (let dx = 0; dx < ACROSS; dx++) this.#lay(made, sx, sy, sx * ACROSS + dx, sy * ACROSS + dy);
    this.sheets.set(key, made);
    return made;
  }

  #lay(into, sx, sy, cx, cy) {
    const seen = this.explored.get(cx, cy);
    if (!seen) return;
    unpack(seen.colours, this.image.data);
    into.putImageData(this.image, (cx - sx * ACROSS) * this.world.size, (cy - sy * ACROSS) * this.world.size);
  }

  #drawSign({ kind, x, y }) {
    const { ctx } = this;
    const at = this.view.toMap(x + 0.5, y + 0.5);
    const [px, py] = [Math.round(at.x), Math.round(at.y)];
    if (kind === 'mark') {
      for (const [width, colour] of [[4, P.ink], [2, P.red]]) {
        Object.assign(ctx, { lineWidth: width, strokeStyle: colour });
        ctx.strokeRect(px - 5, py - 5, 10, 10);
      }
    } else if (SIGNS[kind]) {
      ctx.fillStyle = P.ink;
      ctx.fillRect(px - 4, py - 4, 8, 8);
      ctx.fillStyle = SIGNS[kind];
      ctx.fillRect(px - 3, py - 3, 6, 6);
    }
  }

  #drawBody({ body, x, y }) {
    const { ctx, view } = this;
    const at = view.toMap(x / 16, y / 16);
    const own = body.id === this.world.you;
    const size = own ? 4 : 3;
    ctx.beginPath();
    ctx.arc(at.x, at.y, size, 0, 2 * Math.PI);
    ctx.fillStyle = own ? P.gold : this.friends.state(body.id) === FRIEND ? P.pink : body.driver === AGENT ? AGENT_COLOUR : body.driver === ASLEEP ? P.pebble : P.paper;
    ctx.fill();
    Object.assign(ctx, { lineWidth: 1.5, strokeStyle: P.ink });
    ctx.stroke();
  }

  /** Where Enter would set the mark. */
  #drawMiddle() {
    const { ctx, view } = this;
    const [x, y] = [Math.round(view.width / 2), Math.round(view.height / 2)];
    ctx.fillStyle = P.paper;
    for (const [dx, dy, w, h] of [[-9, -1, 6, 2], [3, -1, 6, 2], [-1, -9, 2, 6], [-1, 3, 2, 6]]) ctx.fillRect(x + dx, y + dy, w, h);
  }
}
