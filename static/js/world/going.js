// Going somewhere by a click or a tap: the server finds the way, and the body walks it with steps of this page, as if by
// the keys. Whatever else the player does ends it, and so does their agent at the wheel.

import { t } from '../page/lang.js';
import { STANDING } from './state.js';

const PATIENCE = 20; // steps from one tile of a way to the next; a slanted one takes seven

export class Going {
  /**
   * @param {{net: import('../net/net.js').Net, world: import('./state.js').World, predictor: import('./predict.js').Predictor}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.stop();
    this.onRefused = () => {}; // with a sentence, and the tile that is not reached
    this.net.on('welcome', () => this.stop());
  }

  /** Walks to a tile, or up to what stands there. @returns {Promise<void>} once the way is known, or that there is none */
  to({ x, y }) {
    const { opened } = this; // it may still stand open behind the body
    this.stop();
    this.opened = opened;
    this.world.goal = { x, y };
    this.left = Infinity; // tiles to go when the last leg ended
    return this.#ask();
  }

  stop() {
    this.world.goal = null;
    this.way = []; // tiles, the next one last
    this.walks = false;
    this.opens = null; // the door that is being opened
    this.opened = null; // the one that was, until it is shut again
    this.mayAsk = true; // again, if something new is in the way
  }

  /** Which way to make the next step, written into `out` as by `Input.direction`, unless the player wants one already. */
  lead(out) {
    if (!this.world.goal) return;
    if (out.dx || out.dy || this.world.driven) this.stop();
    else if (this.walks) this.#along(out);
  }

  /** A step was made, or led nowhere. */
  stepped(moved) {
    if (!this.walks) return;
    this.steps += 1;
    if (moved && this.steps <= PATIENCE) return;
    if (this.mayAsk) {
      this.mayAsk = false;
      this.#ask();
    } else this.#giveUp(t('go.barred'));
  }

  async #ask() {
    const { goal } = this.world;
    this.walks = false;
    try {
      const { tiles, arrives } = await this.net.request('go', goal);
      if (this.world.goal !== goal) return;
      const here = this.#here();
      const passed = tiles.findIndex(({ x, y }) => x === here.x && y === here.y); // the body may have gone on meanwhile
      Object.assign(this, { way: tiles.slice(Math.max(0, passed)).reverse(), arrives, walks: true, steps: 0, opens: null });
    } catch (refusal) {
      if (this.world.goal === goal) this.#giveUp(refusal.message);
    }
  }

  #giveUp(why) {
    const { goal } = this.world;
    this.stop();
    this.onRefused(why, goal);
  }

  #along(out) {
    const { place } = this.predictor;
    this.#shutBehind();
    while (this.way.length) {
      const next = this.way.at(-1);
      if (this.#isShut(next)) {
        this.#open(next);
        return;
      }
      this.opens = null;
      out.dx = this.#towards(place.x, next.x);
      out.dy = this.#towards(place.y, next.y);
      if (out.dx || out.dy) return;
      this.way.pop();
      this.steps = 0;
    }
    this.#ended();
  }

  /** Along one axis, from a place in units to the middle of a tile. */
  #towards(at, tile) {
    const { unit, step } = this.world.rules;
    const left = tile * unit + unit / 2 - at;
    return Math.abs(left) <= step / 2 ? 0 : Math.sign(left); // nearer than that a body would step to and fro
  }

  #here() {
    const { predictor: { place }, world: { unit } } = this;
    return { x: Math.floor(place.x / unit), y: Math.floor(place.y / unit) };
  }

  #isDoor({ x, y }) {
    return this.world.kinds[this.world.at(x, y, STANDING)]?.use === 'door';
  }

  #isShut({ x, y }) {
    return this.#isDoor({ x, y }) && this.world.solid(x, y);
  }

  async #open(door) {
    if (this.opens === door) return;
    this.opens = door;
    try {
      await this.net.request('use', { x: door.x, y: door.y });
      if (this.opens === door) this.opened = door;
    } catch (refusal) {
      if (this.opens === door) this.#giveUp(refusal.message);
    }
  }

  /** The door that was opened is shut once the body is through; where somebody else stands in it by then, it stays open. */
  #shutBehind() {
    const { opened: door, predictor: { place }, world: { rules: { unit, step } } } = this;
    if (!door || Math.max(Math.abs(place.x - (door.x + 0.5) * unit), Math.abs(place.y - (door.y + 0.5) * unit)) < unit - step) return;
    if (this.way.some(({ x, y }) => x === door.x && y === door.y)) return; // it is still ahead
    this.opened = null;
    if (this.#isDoor(door) && !this.#isShut(door)) this.net.request('use', { x: door.x, y: door.y }).catch(() => {});
  }

  /** The end of the way: the goal, or that of one leg. Legs that lead no nearer would go on for ever. */
  #ended() {
    const { goal, rules } = this.world;
    const here = this.#here();
    if (this.arrives) {
      this.stop();
      return;
    }
    const left = Math.max(Math.abs(goal.x - here.x), Math.abs(goal.y - here.y));
    if (left > this.left - rules.leg / 4) {
      this.#giveUp(t('go.barred'));
      return;
    }
    this.left = left;
    this.mayAsk = true;
    this.#ask();
  }
}
