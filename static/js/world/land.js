// Whose land is whose, as far as it is in sight, and its borders in the picture and on the map.

import { AGENT_COLOUR, P } from '../art/palette.js';
import { TILE } from '../art/ground.js';
import { tileKey } from './state.js';

const DASH = 4; // art pixels
const SIDES = [[0, -1], [1, 0], [0, 1], [-1, 0]];

export class Land {
  /** @param {import('./state.js').World} world @param {import('../net/net.js').Net} net */
  constructor(world, net) {
    this.world = world;
    this.size = world.rules.plot; // tiles along a plot
    /** @type {Map<number, {x: number, y: number, owner: number, name: string}>} */
    this.plots = new Map();
    this.#reset();
    net.on('welcome', () => this.#reset());
    net.on('plots', ({ cx, cy, plots }) => {
      this.#forget(cx, cy);
      for (const plot of plots) this.plots.set(tileKey(plot.x, plot.y), plot);
      world.emit('land');
    });
    net.on('forget', ({ cx, cy }) => this.#forget(cx, cy));
    net.on('land', (mine) => {
      this.mine = mine;
      world.emit('land');
    });
  }

  #reset() {
    this.plots.clear();
    this.mine = { plots: [], guests: [], hosts: [], x: 0, y: 0, commons: 0 };
  }

  #forget(cx, cy) {
    const many = this.world.size / this.size;
    for (let y = 0; y < many; y++) for (let x = 0; x < many; x++) this.plots.delete(tileKey(cx * many + x, cy * many + y));
  }

  /** Who has claimed tile tx, ty; undefined where nobody has. */
  at(tx, ty) {
    return this.plots.get(tileKey(Math.floor(tx / this.size), Math.floor(ty / this.size)));
  }

  /** own, host (one may build there), other, common or free: what tile tx, ty is to this player. */
  kind(tx, ty) {
    const plot = this.at(tx, ty);
    if (plot) return this.#kindOf(plot.owner);
    const { x, y, commons } = this.mine;
    return Math.max(Math.abs(tx - x), Math.abs(ty - y)) < commons ? 'common' : 'free';
  }

  #kindOf(owner) {
    if (owner === this.world.you) return 'own';
    return this.mine.hosts.some((host) => host.id === owner) ? 'host' : 'other';
  }

  /** What the server would say to a claim of the plot around tile tx, ty, though nobody has claimed it; null where nothing speaks against it. */
  whyNotFree(tx, ty) {
    const { x, y, commons } = this.mine;
    if (!commons) return null;
    const plot = (tile) => Math.floor(tile / this.size);
    const apart = (tile, middle) => Math.max(plot(middle - commons + 1) - plot(tile), plot(tile) - plot(middle + commons - 1), 0);
    const [near, far] = [apart(tx, x), apart(ty, y)].sort((a, b) => a - b);
    if (!far) return 'Everybody arrives here; claim land a little further away.';
    const onRoad = !near && far <= this.world.rules.roads;
    return onRoad ? 'This is a road that leads away from where everybody arrives: nobody claims it; claim land beside it.' : null;
  }

  /** What the server would say to a dig or a block there, as it says it; null where it would not mind. */
  refusal(tx, ty, clearing = false) {
    const kind = this.kind(tx, ty);
    if (kind === 'other') return `This is ${this.at(tx, ty).name}'s land.`;
    return kind === 'common' && !clearing ? 'Everybody arrives here: nobody builds, or digs up the ground; trees and plants may be taken.' : null;
  }

  /** Dashed lines where one's land ends and another's begins. @param {CanvasRenderingContext2D} ctx art pixels */
  draw(ctx, left, top, width, height) {
    const span = this.size * TILE;
    ctx.lineWidth = 1;
    ctx.setLineDash([DASH, DASH]);
    for (const plot of this.plots.values()) {
      const [x, y] = [plot.x * span - left, plot.y * span - top];
      if (x > width || y > height || x + span < 0 || y + span < 0) continue;
      ctx.strokeStyle = this.#colour(plot.owner);
      ctx.beginPath();
      for (const [dx, dy] of SIDES) {
        if (this.plots.get(tileKey(plot.x + dx, plot.y + dy))?.owner !== plot.owner) side(ctx, x + 1, y + 1, span - 2, dx, dy);
      }
      ctx.stroke();
    }
    this.#drawCommons(ctx, left, top);
    ctx.setLineDash([]);
  }

  #drawCommons(ctx, left, top) {
    const { x, y, commons } = this.mine;
    if (!commons) return;
    const span = (2 * commons - 1) * TILE;
    ctx.strokeStyle = P.paper;
    ctx.globalAlpha = 0.4;
    ctx.strokeRect((x - commons + 1) * TILE - left + 0.5, (y - commons + 1) * TILE - top + 0.5, span - 1, span - 1);
    ctx.globalAlpha = 1;
  }

  /** The plots in sight, and all of one's own, as frames on a map of `scale` pixels for a tile. */
  drawOnMap(ctx, left, top, scale = 1) {
    ctx.lineWidth = 1;
    const span = this.size * scale;
    const own = this.mine.plots.map(({ x, y }) => ({ x, y, owner: this.world.you }));
    for (const plot of [...this.plots.values(), ...own]) {
      ctx.strokeStyle = this.#colour(plot.owner);
      ctx.strokeRect(Math.round(plot.x * span - left * scale) + 0.5, Math.round(plot.y * span - top * scale) + 0.5, span - 1, span - 1);
    }
  }

  #colour(owner) {
    return { own: P.gold, host: AGENT_COLOUR, other: P.red }[this.#kindOf(owner)];
  }
}

/** One side of a square: that to which dx, dy points. */
function side(ctx, x, y, span, dx, dy) {
  const at = (d) => (d > 0 ? span : 0);
  ctx.moveTo(x + at(dx) - (dx ? 0.5 * dx : 0), y + at(dy) - (dy ? 0.5 * dy : 0));
  ctx.lineTo(x + (dx ? at(dx) - 0.5 * dx : span), y + (dy ? at(dy) - 0.5 * dy : span));
}
