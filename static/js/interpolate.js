// Others are drawn a little in the past, so that there is nearly always a newer place to walk towards: their picture
// glides although the server speaks only twenty times a second, and a late message does not make it stutter.

const BEHIND = 2; // ticks, that is 100 ms
const KEPT = 8; // places remembered for each body
const TELEPORT = 4; // tiles; further than this it does not glide

/** The server's tick as a real number, estimated from the ticks that its messages carry. */
export class ServerClock {
  constructor(tickMs) {
    this.tickMs = tickMs;
    this.offset = null; // ticks
  }

  /** @param {number} tick the newest tick heard @param {number} now local time in ms */
  hear(tick, now) {
    const offset = tick - now / this.tickMs;
    const off = this.offset === null ? Infinity : Math.abs(offset - this.offset);
    // Early messages are the truthful ones (the least time on the way): follow them fast, late ones slowly.
    if (off > 20) this.offset = offset;
    else this.offset += (offset - this.offset) * (offset > this.offset ? 0.2 : 0.02);
  }

  at(now) {
    return this.offset === null ? 0 : now / this.tickMs + this.offset;
  }
}

/** The last places of one body by tick. */
export class Trail {
  constructor(tick, x, y) {
    this.ticks = new Float64Array(KEPT);
    this.xs = new Float64Array(KEPT);
    this.ys = new Float64Array(KEPT);
    this.length = 0;
    this.#push(tick, x, y);
  }

  get lastTick() {
    return this.ticks[this.length - 1];
  }

  get lastX() {
    return this.xs[this.length - 1];
  }

  get lastY() {
    return this.ys[this.length - 1];
  }

  /** A body that rests sends nothing: after a silence it stood still until the tick before this one. */
  add(tick, x, y) {
    const last = this.length - 1;
    if (tick <= this.ticks[last]) {
      this.xs[last] = x;
      this.ys[last] = y;
      return;
    }
    if (tick - this.ticks[last] > 1) this.#push(tick - 1, this.xs[last], this.ys[last]);
    this.#push(tick, x, y);
  }

  /** Writes the place at the (fractional) tick into `out.x`, `out.y`, and whether it walks into `out.walking`. */
  sample(tick, out) {
    const { ticks, xs, ys, length } = this;
    const t = tick - BEHIND;
    let i = length - 1;
    while (i > 0 && ticks[i] > t) i--;
    const next = Math.min(i + 1, length - 1);
    const span = ticks[next] - ticks[i];
    const part = span > 0 ? Math.min(1, Math.max(0, (t - ticks[i]) / span)) : 0;
    out.x = xs[i] + (xs[next] - xs[i]) * part;
    out.y = ys[i] + (ys[next] - ys[i]) * part;
    out.walking = t < ticks[next] && (xs[next] !== xs[i] || ys[next] !== ys[i]);
  }

  #push(tick, x, y) {
    if (this.length === KEPT) {
      for (const row of [this.ticks, this.xs, this.ys]) row.copyWithin(0, 1);
      this.length--;
    }
    this.ticks[this.length] = tick;
    this.xs[this.length] = x;
    this.ys[this.length] = y;
    this.length++;
  }
}

/** The trails of all bodies but one's own. */
export class Crowd {
  /** @param {import('./state.js').World} world @param {ServerClock} clock */
  constructor(world, clock) {
    this.world = world;
    this.clock = clock;
    this.trails = new Map();
    world.on('welcome', () => this.trails.clear());
    world.on('removed', (id) => this.trails.delete(id));
    world.on('bodies', (bodies) => {
      for (const body of bodies) this.#seen(body);
    });
  }

  /** @param {import('./net.js').Net} net */
  follow(net) {
    net.on('moves', ({ tick, moves }) => {
      this.clock.hear(tick, performance.now());
      for (const { id, x, y } of moves) this.trails.get(id)?.add(tick, x, y);
    });
    net.on('clock', ({ tick }) => this.clock.hear(tick, performance.now()));
    net.on('pong', ({ tick }) => this.clock.hear(tick, performance.now()));
    net.on('welcome', ({ tick }) => this.clock.hear(tick, performance.now()));
  }

  /** A body that came into sight, or crossed from one chunk into another: such a message carries no tick. */
  #seen({ id, x, y }) {
    const tick = Math.round(this.clock.at(performance.now()));
    const trail = this.trails.get(id);
    const far = TELEPORT * this.world.unit;
    if (trail && Math.abs(x - trail.lastX) < far && Math.abs(y - trail.lastY) < far) trail.add(Math.max(tick, trail.lastTick + 1), x, y);
    else this.trails.set(id, new Trail(tick - BEHIND, x, y));
  }
}
