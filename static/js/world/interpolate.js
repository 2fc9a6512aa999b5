// Others are drawn a little in the past, so that there is nearly always a newer place to walk towards: their picture
// glides although the server counts only twenty ticks a second, and a late message does not make it stutter.
//
// The server tells of a walk when it begins, turns and ends, and once a second between: a body goes on as it was told.

const BEHIND = 2; // ticks, that is 100 ms
const KEPT = 8; // places remembered for each body
const TELEPORT = 4; // tiles; further than this it does not glide
const BELIEVED_LATE = 10; // ticks by which news that a body still walks may be late

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
  /** @param {number} believed for how many ticks a body is drawn walking on, as it was told to */
  constructor(tick, x, y, believed = Infinity) {
    this.ticks = new Float64Array(KEPT);
    this.xs = new Float64Array(KEPT);
    this.ys = new Float64Array(KEPT);
    this.length = 0;
    this.dx = 0; // units with each tick after the last place
    this.dy = 0;
    this.believed = believed;
    this.#push(tick, x, y);
  }

  get lastTick() {
    return this.ticks[this.length - 1];
  }

  /** Where it is `ticks` after the last place heard. */
  xAfter(ticks) {
    return this.xs[this.length - 1] + this.dx * Math.min(ticks, this.believed);
  }

  yAfter(ticks) {
    return this.ys[this.length - 1] + this.dy * Math.min(ticks, this.believed);
  }

  /** It is at x, y in this tick and walks on by dx, dy; until the tick before it did as was told last. */
  add(tick, x, y, dx = 0, dy = 0) {
    const passed = tick - this.lastTick;
    if (passed > 1) this.#push(tick - 1, this.xAfter(passed - 1), this.yAfter(passed - 1));
    while (this.length && this.lastTick >= tick) this.length--; // what is told last counts
    this.#push(tick, x, y);
    this.dx = dx;
    this.dy = dy;
  }

  /** Writes the place at the (fractional) tick into `out.x`, `out.y`, and whether it walks into `out.walking`. */
  sample(tick, out) {
    const { ticks, xs, ys, length } = this;
    const t = tick - BEHIND;
    const ahead = t - ticks[length - 1];
    if (ahead >= 0) {
      out.x = this.xAfter(ahead);
      out.y = this.yAfter(ahead);
      out.walking = ahead < this.believed && (this.dx !== 0 || this.dy !== 0);
      return;
    }
    let i = length - 1;
    while (i > 0 && ticks[i] > t) i--;
    const next = i + 1;
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
    this.believed = world.rules.goes_on + BELIEVED_LATE;
    this.trails = new Map();
    world.on('welcome', () => this.trails.clear());
    world.on('removed', (id) => this.trails.delete(id));
    world.on('bodies', (bodies) => {
      for (const body of bodies) this.#seen(body);
    });
  }

  /** @param {import('../net/net.js').Net} net */
  follow(net) {
    net.on('moves', ({ tick, moves }) => {
      this.clock.hear(tick, performance.now());
      for (const { id, x, y, dx, dy } of moves) this.trails.get(id)?.add(tick, x, y, dx, dy);
    });
    net.on('clock', ({ tick }) => this.clock.hear(tick, performance.now()));
    net.on('pong', ({ tick }) => this.clock.hear(tick, performance.now()));
    net.on('welcome', ({ tick }) => this.clock.hear(tick, performance.now()));
  }

  /**
   * A body that came into sight, or crossed from one chunk into another. Such a message carries no tick; if the body
   * walks, a move with the tick comes right after it, and goes on from where the body was already drawn.
   */
  #seen({ id, x, y }) {
    const tick = Math.round(this.clock.at(performance.now()));
    const trail = this.trails.get(id);
    const far = TELEPORT * this.world.unit;
    const passed = trail ? Math.max(0, tick - trail.lastTick) : 0;
    if (trail && Math.abs(x - trail.xAfter(passed)) < far && Math.abs(y - trail.yAfter(passed)) < far) return;
    this.trails.set(id, new Trail(tick - BEHIND, x, y, this.believed));
  }
}
