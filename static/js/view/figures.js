// Bodies on the screen: where each is right now, in which phase of its walk, what it holds, and the sign of an agent.

import { AGENT_COLOUR } from '../art/palette.js';
import { finished, rect, sheet } from '../art/pixels.js';
import { FRAMES, HEIGHT, WIDTH, person } from '../art/people.js';
import { AGENT, ASLEEP, GROUND } from '../world/state.js';

const WALK_FPS = 9;
const FOOT = HEIGHT - 2; // the row of a figure's picture that touches the ground
const NORTH = 2;
const WADING = 6; // pixels of the legs that water hides
/** Where the hand is, from the foot, for south, west, north, east. */
const HANDS = [[3, -12], [-8, -11], [-10, -12], [1, -11]];

/** @typedef {{body: import('../world/state.js').Body, x: number, y: number, walking: boolean, facing: number}} Figure  in world pixels */

export class Figures {
  /**
   * @param {import('../world/state.js').World} world @param {import('../world/interpolate.js').Crowd} crowd
   * @param {import('../world/predict.js').Predictor} predictor @param {import('./tiles.js').Tiles} tiles
   */
  constructor(world, crowd, predictor, tiles) {
    Object.assign(this, { world, crowd, predictor, tiles });
    /** @type {Figure[]} from north to south */
    this.list = [];
    /** @type {Figure | undefined} one's own */
    this.own = undefined;
    this.known = new Set(); // bodies that are in the list
    this.halo = halo();
    this.place = { x: 0, y: 0, walking: false };
  }

  /** Brings the list up to date: all known bodies. */
  update(now) {
    const perUnit = 16 / this.world.unit;
    const tick = this.crowd.clock.at(now);
    this.#comeAndGo();
    this.own = undefined;
    for (const figure of this.list) {
      const { body } = figure;
      const own = body.id === this.world.you;
      if (own) this.own = figure;
      if (own) this.predictor.sample(now, 50, this.place);
      else this.crowd.trails.get(body.id)?.sample(tick, this.place);
      figure.x = this.place.x * perUnit;
      figure.y = this.place.y * perUnit;
      figure.walking = this.place.walking;
      figure.facing = own ? this.predictor.facing : body.facing;
    }
    this.#sort();
  }

  /** Who stays keeps the place in the list: from one frame to the next there is hardly anything to sort. */
  #comeAndGo() {
    const { bodies } = this.world;
    const { list, known } = this;
    let n = 0;
    for (const figure of list) {
      if (bodies.get(figure.body.id) === figure.body) list[n++] = figure;
      else known.delete(figure.body);
    }
    list.length = n;
    if (n === bodies.size) return;
    for (const body of bodies.values()) {
      if (known.has(body)) continue;
      known.add(body);
      list.push({ body, x: 0, y: 0, walking: false, facing: 0 });
    }
  }

  /** By insertion: each is nearly where it belongs, and nothing is made anew for the comparing. */
  #sort() {
    const { list } = this;
    for (let i = 1; i < list.length; i++) {
      const figure = list[i];
      let at = i;
      for (; at > 0 && list[at - 1].y > figure.y; at--) list[at] = list[at - 1];
      list[at] = figure;
    }
  }

  /** The figure that covers world pixel x, y, if any but one's own. */
  at(x, y) {
    return this.list.findLast((f) => f.body.id !== this.world.you && Math.abs(x - f.x) < 8 && y < f.y + 3 && y > f.y - HEIGHT);
  }

  /** Draws one figure with its foot at x, y (art pixels in the view). */
  draw(ctx, figure, x, y, now, still) {
    const { body } = figure;
    x = Math.round(x * 4) / 4;
    y = Math.round(y * 4) / 4;
    if (body.driver === AGENT) this.#drawHalo(ctx, x, y, now + body.id * 137, still);
    const sunk = this.#isWet(figure) ? WADING : 0;
    y += sunk / 2;
    const frame = figure.walking && !still ? Math.floor((now / 1000) * WALK_FPS) % FRAMES : 0;
    const heldBehind = figure.facing === NORTH;
    if (heldBehind) this.#drawHeld(ctx, figure, x, y, frame);
    if (body.driver === ASLEEP) ctx.globalAlpha = 0.75;
    const shown = HEIGHT - sunk;
    ctx.drawImage(person(body.look), frame * WIDTH, figure.facing * HEIGHT, WIDTH, shown, x - WIDTH / 2, y - FOOT + 2, WIDTH, shown);
    ctx.globalAlpha = 1;
    if (sunk) this.#drawRipple(ctx, x, y + 4 - sunk, now + body.id * 91, still);
    if (!heldBehind) this.#drawHeld(ctx, figure, x, y, frame);
    if (body.driver === ASLEEP) drawSleep(ctx, x, y, now, still);
  }

  #isWet(figure) {
    const ground = this.world.at(Math.floor(figure.x / 16), Math.floor(figure.y / 16), GROUND);
    return ground > 0 && this.tiles.ground.styles[ground].wet;
  }

  #drawRipple(ctx, x, y, now, still) {
    const wide = still ? 6 : 5 + Math.floor(now / 260) % 3;
    rect(ctx, x - wide, y - 1, wide * 2, 1, 'rgba(196, 232, 234, 0.85)');
    rect(ctx, x - wide + 2, y, wide * 2 - 4, 1, 'rgba(196, 232, 234, 0.45)');
  }

  #drawHeld(ctx, figure, x, y, frame) {
    const held = figure.body.id === this.world.you ? this.world.held : figure.body.held;
    if (!held) return;
    const [hx, hy] = HANDS[figure.facing];
    ctx.drawImage(this.tiles.icon(held), x + hx, y + hy + (frame % 2), 8, 8);
  }

  #drawHalo(ctx, x, y, now, still) {
    const breath = still ? 0.8 : 0.72 + Math.sin(now / 700) * 0.22;
    ctx.globalAlpha = breath;
    ctx.drawImage(this.halo, x - this.halo.width / 2, y - this.halo.height / 2);
    ctx.globalAlpha = 1;
  }
}

/** A ring of light on the ground. */
function halo() {
  const [width, height] = [30, 18];
  const ctx = sheet(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const r = Math.hypot((x + 0.5 - width / 2) / (width / 2), (y + 0.5 - height / 2) / (height / 2));
      const strength = r > 1 ? 0 : Math.exp(-(((r - 0.72) / 0.1) ** 2)) * 0.95 + (1 - r) * 0.4;
      ctx.globalAlpha = Math.min(1, Math.round(strength * 6) / 6);
      if (strength > 0.05) rect(ctx, x, y, 1, 1, AGENT_COLOUR);
    }
  }
  return finished(ctx.canvas);
}

function drawSleep(ctx, x, y, now, still) {
  const rise = still ? 4 : (now / 300) % 9;
  ctx.globalAlpha = 1 - rise / 10;
  const [zx, zy] = [x + 5 + rise / 3, y - HEIGHT - rise];
  for (const [dx, dy, w] of [[0, 0, 4], [2, 1, 1], [1, 2, 1], [0, 3, 4]]) rect(ctx, zx + dx, zy + dy, w, 1, '#f5f0e1');
  ctx.globalAlpha = 1;
}
