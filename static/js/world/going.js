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
    this.opened = null; // the door that a way has opened, until it is shut again
    this.within = false; // whether the server has had the body in that doorway
    this.onRefused = () => {}; // with a sentence, and the tile that is not reached
    this.net.on('welcome', () => {
      this.stop();
      this.opened = null;
    });
  }

  /** Walks to a tile, or up to what stands there. @returns {Promise<void>} once the way is known, or that there is none */
  to({ x, y }) {
    this.stop();
    this.world.goal = { x, y };
    this.left = Infinity; // tiles to go when the last leg ended
    return this.#ask();
  }

  stop() {
    this.world.goal = null;
    this.way = []; // tiles, the next one last
    this.walks = false;
    this.opens = null; // the door that is being opened
    this.mayAsk = true; // again, if something new is in the way
  }

  /** Which way to make the next step, written into `out` as by `Input.direction`, unless the player wants one already. */
  lead(out) {
    if (out.dx || out.dy || this.world.driven) {
      if (this.world.goal) this.stop();
      this.opened = null; // whoever walks on by themselves sees to the door themselves
      return;
    }
    if (this.opened) this.#shutBehind();
    if (this.world.goal && this.walks) this.#along(out);
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
    while (this.way.length) {
      const next = this.way.at(-1);
      if (this.#isShut(next)) {
        this.#open(next);
        return;
      }
      if (this.opens === next) Object.assign(this, { opened: next, within: false });
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
    } catch (refusal) {
      if (this.opens === door) this.#giveUp(refusal.message);
    }
  }

  /**
   * Shuts the door that was opened once the body is through, as far as the server knows: until then it would be in the
   * doorway itself. Where somebody else stands in it, it stays open.
   */
  #shutBehind() {
    const { opened: door, predictor: { server, place } } = this;
    if (this.#isInDoorway(door, server)) this.within = true;
    else if (this.within && !this.#isInDoorway(door, place)) {
      this.opened = null;
      if (this.#isDoor(door) && !this.#isShut(door)) this.net.request('use', { x: door.x, y: door.y }).catch(() => {});
    }
  }

  #isInDoorway({ x, y }, place) {
    const { unit, half_width: halfWidth, half_height: halfHeight } = this.world.rules;
    return Math.abs(place.x - (x + 0.5) * unit) < unit / 2 + halfWidth && Math.abs(place.y - (y + 0.5) * unit) < unit / 2 + halfHeight;
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
