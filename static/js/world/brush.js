// Painting: a stroke shows at once, and is sent tile by tile as fast as the server lets a brush paint: the next one a
// pause after the answer to the one before, since what was sent evenly may arrive in one heap. Not with the frames: a
// window that is hidden draws none, and what was painted in it must not wait for it to be looked at.

import { inOwnWords } from '../page/sentences.js';
import { PAINT, tileKey } from './state.js';

const MOST = 24; // tiles that may wait; a faster hand leaves gaps

export class Brush {
  /** @param {{world: import('./state.js').World, net: import('../net/net.js').Net, land: import('./land.js').Land, hands: import('./hands.js').Hands}} parts */
  constructor(parts) {
    Object.assign(this, parts);
    /** @type {{x: number, y: number, colour: number}[]} shown, and not sent yet */
    this.waiting = [];
    /** @type {Map<number, {paint: number, asked: number}>} by tile: what the server has there, and how many strokes it has not answered */
    this.known = new Map();
    this.last = { x: 0, y: 0 };
    this.busy = false; // until a pause after the answer
    this.pause = (this.world.rules.paint_every + 1) * (1000 / this.world.rules.tick_hz);
    this.world.on('welcome', () => {
      this.waiting = [];
      this.known.clear();
    });
  }

  /** Whether the hand holds a brush. */
  get inHand() {
    return this.world.kinds[this.world.held]?.use === 'brush';
  }

  /** The brush is put down on a tile; why it does not paint there is said. */
  touch({ x, y }) {
    this.last = { x, y };
    this.#paint(x, y, true);
  }

  /** It is drawn on to a tile, over all between: a hand may be faster than the frames. */
  drawTo({ x, y }) {
    const { x: fromX, y: fromY } = this.last;
    const steps = Math.max(Math.abs(x - fromX), Math.abs(y - fromY));
    for (let n = 1; n <= Math.min(steps, MOST); n++) {
      this.#paint(Math.round(fromX + ((x - fromX) * n) / steps), Math.round(fromY + ((y - fromY) * n) / steps), false);
    }
    this.last = { x, y };
  }

  #paint(x, y, first) {
    const reason = this.hands.inReach(x, y) ? this.land.refusal(x, y) : 'That is out of reach.';
    if (reason) {
      if (first) this.hands.onRefused(inOwnWords(reason), { x, y });
      return;
    }
    const { colour } = this.world;
    const shown = this.world.at(x, y, PAINT);
    if (shown < 0 || shown === colour) return;
    const same = this.waiting.find((stroke) => stroke.x === x && stroke.y === y);
    if (same) same.colour = colour;
    else if (this.waiting.length < MOST) this.waiting.push({ x, y, colour });
    else return;
    const key = tileKey(x, y);
    if (!this.known.has(key)) this.known.set(key, { paint: shown, asked: 0 });
    if (!same) this.known.get(key).asked++;
    this.world.setBlock(x, y, PAINT, colour);
    this.#send();
  }

  /** Sends the first that waits, if it is due, and then the others. */
  async #send() {
    if (this.busy || !this.waiting.length) return;
    this.busy = true;
    const { x, y, colour } = this.waiting.shift();
    const key = tileKey(x, y);
    const tile = this.known.get(key);
    try {
      await this.net.request('paint', { x, y, colour });
      tile.paint = colour;
    } catch (refusal) {
      this.hands.onRefused(refusal.message, { x, y });
    }
    setTimeout(() => {
      this.busy = false;
      this.#send();
    }, this.pause);
    if (--tile.asked || this.known.get(key) !== tile) return;
    this.known.delete(key);
    if (this.world.at(x, y, PAINT) !== tile.paint) this.world.setBlock(x, y, PAINT, tile.paint);
  }
}
