// One's own body does not wait for the server: every step is foretold by the same rule, and when the server says where
// the body was after input `ref`, the picture goes back there and repeats the steps that came after.

import { facing, step } from './physics.js';

const LOST_AFTER = 1500; // ms; a step without an answer for so long never arrived, or changed nothing there
const FORGIVE = 120; // ms over which the picture slides to a corrected place
const TELEPORT = 4; // tiles; further than this it jumps

export class Predictor {
  /** @param {object} rules the world's numbers @param {(tx: number, ty: number) => boolean} solidAt */
  constructor(rules, solidAt) {
    this.rules = rules;
    this.solidAt = solidAt;
    this.reset(0, 0, 0);
  }

  /** Puts the body somewhere for sure. */
  reset(x, y, towards = this.facing) {
    this.server = { x, y };
    this.place = { x, y };
    this.before = { x, y };
    this.facing = towards;
    /** @type {{ref: number, dx: number, dy: number, at: number}[]} */
    this.pending = [];
    this.slip = { x: 0, y: 0, at: 0 };
    this.steppedAt = -Infinity;
  }

  /** Whether walking this way would change anything. */
  wouldMove(dx, dy) {
    if (facing(dx, dy, this.facing) !== this.facing) return true;
    const next = step(this.rules, this.place.x, this.place.y, dx, dy, this.solidAt, {});
    return next.x !== this.place.x || next.y !== this.place.y;
  }

  /** One tick of walking, sent to the server as input `ref` at local time `now`. */
  move(ref, dx, dy, now) {
    this.before.x = this.place.x;
    this.before.y = this.place.y;
    this.facing = facing(dx, dy, this.facing);
    step(this.rules, this.place.x, this.place.y, dx, dy, this.solidAt, this.place);
    this.pending.push({ ref, dx, dy, at: now });
    this.steppedAt = now;
  }

  /** The server had the body at x, y after input `ref`. */
  reconcile(ref, x, y, now) {
    this.server.x = x;
    this.server.y = y;
    this.pending = this.pending.filter((move) => move.ref > ref);
    this.#replay(now);
  }

  /** Somebody else at the wheel walked the body to x, y in this tick. */
  carried(x, y, now) {
    if (this.pending.length) {
      this.reconcile(0, x, y, now);
      return;
    }
    this.facing = facing(Math.sign(x - this.place.x), Math.sign(y - this.place.y), this.facing);
    Object.assign(this.before, this.place);
    Object.assign(this.server, { x, y });
    Object.assign(this.place, { x, y });
    this.steppedAt = now;
  }

  /** Gives up on steps that the server never answered. */
  tidy(now) {
    if (this.pending.length && now - this.pending[0].at > LOST_AFTER) {
      this.pending = this.pending.filter((move) => now - move.at <= LOST_AFTER);
      this.#replay(now);
    }
  }

  #replay(now) {
    const { x: wasX, y: wasY } = this.place;
    this.place.x = this.server.x;
    this.place.y = this.server.y;
    for (const { dx, dy } of this.pending) {
      step(this.rules, this.place.x, this.place.y, dx, dy, this.solidAt, this.place);
    }
    const offX = wasX - this.place.x;
    const offY = wasY - this.place.y;
    if (!offX && !offY) return;
    const far = Math.max(Math.abs(offX), Math.abs(offY)) > TELEPORT * this.rules.unit;
    this.before.x -= offX;
    this.before.y -= offY;
    this.slip = far ? { x: 0, y: 0, at: now } : { x: offX + this.#slipX(now), y: offY + this.#slipY(now), at: now };
  }

  #left(now) {
    return Math.max(0, 1 - (now - this.slip.at) / FORGIVE);
  }

  #slipX(now) {
    return this.slip.x * this.#left(now);
  }

  #slipY(now) {
    return this.slip.y * this.#left(now);
  }

  /** Where to draw the body: gliding from the place before the last step to the one after it. */
  sample(now, tickMs, out) {
    const part = Math.min(1, (now - this.steppedAt) / tickMs);
    out.x = this.before.x + (this.place.x - this.before.x) * part + this.#slipX(now);
    out.y = this.before.y + (this.place.y - this.before.y) * part + this.#slipY(now);
    out.walking = now - this.steppedAt < tickMs * 1.6;
  }
}
