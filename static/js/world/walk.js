// Walking: one step for each tick while a direction is held, or a way leads on, foretold at once and sent to the server.

import { Stride } from './stride.js';

export class Walk {
  /**
   * @param {import('../net/net.js').Net} net @param {import('./predict.js').Predictor} predictor
   * @param {import('../input/input.js').Input} input @param {import('./going.js').Going} going @param {number} tickMs
   */
  constructor(net, predictor, input, going, tickMs) {
    Object.assign(this, { net, predictor, input, going });
    this.stride = new Stride(tickMs, predictor.rules);
    this.way = { dx: 0, dy: 0 };
    this.onStep = () => {};
    net.on('welcome', (m) => {
      predictor.reset(m.x, m.y, 0);
      this.stride.forget();
    });
    net.on('you', (m) => {
      if (m.ref) {
        const isStep = predictor.pending.some((step) => step.ref === m.ref); // or it was the way home
        predictor.reconcile(m.ref, m.x, m.y, performance.now());
        if (isStep) this.stride.heard(m.ref, m.waited);
      } else predictor.carried(m.x, m.y, performance.now()); // no input of ours: the agent drives
    });
  }

  /** Called once a frame. A first step is made in the very frame in which the key goes down. */
  update(now) {
    this.predictor.tidy(now);
    while (this.#leads() && this.stride.due(now)) {
      const { dx, dy } = this.way;
      const moves = this.predictor.wouldMove(dx, dy);
      this.going.stepped(moves);
      if (!moves) { // against a wall there is nothing to say
        this.stride.made();
        continue;
      }
      const ref = this.net.input('move', { dx, dy });
      if (!ref) return;
      this.predictor.move(ref, dx, dy, this.stride.nextAt);
      this.stride.made(ref);
      this.onStep();
    }
  }

  /** Whether there is somewhere to walk, from where the last step led. */
  #leads() {
    this.input.direction(this.way);
    this.going.lead(this.way);
    const { dx, dy } = this.way;
    if ((dx || dy) && this.net.ready) return true;
    this.stride.stand();
    return false;
  }
}
