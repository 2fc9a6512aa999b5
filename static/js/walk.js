// Walking: one step for each tick while a direction is held, foretold at once and sent to the server.

const TICKS_BEHIND = 4; // after a stall of the page, so many steps are made up for; the rest is forgotten

export class Walk {
  /**
   * @param {import('./net.js').Net} net @param {import('./predict.js').Predictor} predictor
   * @param {import('./input.js').Input} input @param {number} tickMs
   */
  constructor(net, predictor, input, tickMs) {
    Object.assign(this, { net, predictor, input, tickMs });
    this.nextAt = 0;
    this.way = { dx: 0, dy: 0 };
    this.onStep = () => {};
    net.on('welcome', (m) => predictor.reset(m.x, m.y, 0));
    net.on('you', (m) => {
      if (m.ref) predictor.reconcile(m.ref, m.x, m.y, performance.now());
      else predictor.carried(m.x, m.y, performance.now()); // no input of ours: the agent drives
    });
  }

  /** Called once a frame. A first step is made in the very frame in which the key goes down. */
  update(now) {
    const { dx, dy } = this.input.direction(this.way);
    this.predictor.tidy(now);
    if ((!dx && !dy) || !this.net.ready) return;
    if (now - this.nextAt > this.tickMs * TICKS_BEHIND) this.nextAt = now;
    for (; this.nextAt <= now; this.nextAt += this.tickMs) {
      if (!this.predictor.wouldMove(dx, dy)) continue; // against a wall there is nothing to say
      const ref = this.net.input('move', { dx, dy });
      if (!ref) return;
      this.predictor.move(ref, dx, dy, this.nextAt);
      this.onStep();
    }
  }
}
