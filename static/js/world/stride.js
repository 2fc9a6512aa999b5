// When the next step is made. A body moves once in each tick of the server, and the first step of a walk is sent when the
// key goes down, wherever between two ticks that is. If all later ones came a tick's length after each other, each would
// wait there as long as the first, or, if that came just in time, miss its tick as soon as the network falters. The server
// says how long a step waited; so the walk drifts, too little to be seen, until even the latest of some steps is there
// a moment before its tick. How early the others are then depends on the line: one that jitters is given more time, up
// to half of a tick, for a step that is later still.

const FIRST = 4; // answers by which a wait is judged, …
const SETTLED = 16; // … once it has been a first time
const LONGEST = 6; // ticks that a step can wait behind others: so many are kept for a player
const TICKS_BEHIND = 4; // after a stall of the page, so many steps are made up for; the rest is forgotten

export class Stride {
  /** @param {number} tickMs @param {{step_lead: number, step_slack: number, step_shift: number}} rules */
  constructor(tickMs, rules) {
    Object.assign(this, { tickMs, rules });
    this.nextAt = -Infinity;
    this.standing = true;
    this.last = this.unsteady = 0; // steps: the last one, and the last of which the wait tells nothing
    this.forget();
  }

  /** Another server, or the same one after a break: its ticks may be elsewhere. */
  forget() {
    this.owed = 0; // ms by which the coming steps are to be put off
    this.beat = null; // when steps are to be made, modulo the tick, once that is known
    this.window = FIRST;
    this.unsteady = this.last;
    this.#listen();
  }

  /** Nobody walks at the moment. */
  stand() {
    this.standing = true;
  }

  /** Whether a step is to be made now. */
  due(now) {
    if (this.standing || now - this.nextAt > this.tickMs * TICKS_BEHIND) this.#begin(now);
    return this.nextAt <= now;
  }

  /** The step that was due has been made, as input `ref`, or as none where there is a wall. */
  made(ref = this.last) {
    this.last = ref;
    if (this.owed) this.unsteady = ref;
    const part = Math.max(-this.rules.step_shift, Math.min(this.rules.step_shift, this.owed));
    this.owed -= part;
    this.nextAt += this.tickMs + part;
  }

  /** The server has answered step `ref`; it, or the one before if both went in one tick, had waited so many ms. */
  heard(ref, waited) {
    if (this.owed || ref <= this.unsteady) return;
    this.answers += 1;
    this.least = Math.min(this.least, waited);
    this.most = Math.max(this.most, waited);
    if (this.answers < this.window) return;
    const { tickMs, least, rules: { step_lead: lead } } = this;
    const late = this.most >= least + tickMs; // one missed its tick, and those behind it had to wait for another
    let early = Math.min(least, LONGEST * tickMs) - lead;
    if (late) early = least < tickMs / 2 ? -lead : 0; // more haste would help few: it is the line that falters
    this.window = SETTLED;
    if (Math.abs(early) > this.rules.step_slack) this.owed = early;
    this.beat = this.nextAt + this.owed;
    this.#listen();
  }

  /** The first step of a walk is made at once; the others fall in with the beat, if it is known. */
  #begin(now) {
    this.standing = false;
    if (now < this.nextAt) return; // a key was changed for another between two steps
    this.nextAt = now;
    this.unsteady = this.last;
    this.owed = 0;
    if (this.beat === null) {
      this.#listen();
      return;
    }
    const after = (((now - this.beat) % this.tickMs) + this.tickMs) % this.tickMs;
    this.owed = after > this.rules.step_lead ? this.tickMs - after : -after;
  }

  #listen() {
    this.answers = 0;
    this.least = Infinity;
    this.most = 0;
  }
}
