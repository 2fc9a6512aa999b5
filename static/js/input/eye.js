// Where a spectator looks: over the land, or after a body. The server shows what is near somebody or near the spawn, and
// is asked anew whenever the eye comes into another chunk; further than one chunk from what was granted it does not go.

const TILE = 16; // art pixels
const SPEED = 16; // tiles a second by key
const FAR = 24; // tiles; further than this the eye does not glide to whom it follows
const CATCH_UP = 9; // how fast it glides: so much of the way in a second, as an exponent
const AGAIN = 1500; // ms until what was refused is asked for again

export class Eye {
  /**
   * @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, toast: (text: string) => void}} parts
   */
  constructor({ net, world, toast }) {
    Object.assign(this, { net, world, toast });
    this.x = 0; // art pixels
    this.y = 0;
    this.followed = 0; // the id of a body
    this.from = null; // the chunk from which the server has it look, {cx, cy}; null: it will tell
    this.came = false; // whether it was ever told where to begin
    this.asking = false;
    this.refused = { cx: 0, cy: 0, at: -Infinity };
    this.changed = () => {}; // called when it begins to follow somebody, or ends
    this.span = world.size * TILE;
    world.on('welcome', (m) => this.#welcome(m));
    world.on('removed', (id) => id === this.followed && this.follow(id)); // gone home, perhaps, in one leap
  }

  /** The place in units, for what goes by those. */
  get place() {
    const perPixel = this.world.unit / TILE;
    return { x: this.x * perPixel, y: this.y * perPixel };
  }

  /** Looks so many art pixels further, and after nobody. */
  pan(dx, dy) {
    this.letGo();
    this.x += dx;
    this.y += dy;
  }

  letGo() {
    if (!this.followed) return;
    this.followed = 0;
    this.changed();
  }

  /** Looks after a body, wherever it is. */
  async follow(id) {
    this.followed = id;
    this.changed();
    try {
      await this.net.request('follow', { body: id });
    } catch (refusal) {
      if (!this.net.ready) return; // the next welcome asks again
      this.toast(refusal.message);
      if (this.followed === id && !this.world.bodies.has(id)) this.letGo();
      return;
    }
    const body = this.world.bodies.get(id);
    if (!body) return;
    const perUnit = TILE / this.world.unit;
    this.from = this.#chunkAt(body.x * perUnit, body.y * perUnit);
  }

  /**
   * Called once a frame. `way` is where the keys lead, `figure` the one that is followed, if it is in sight.
   * @param {{dx: number, dy: number}} way @param {{x: number, y: number} | undefined} figure @param {boolean} still no gliding
   */
  update(now, seconds, way, figure, still) {
    if (way.dx || way.dy) this.pan(way.dx * SPEED * TILE * seconds, way.dy * SPEED * TILE * seconds);
    else if (this.followed && figure) this.#approach(figure.x, figure.y - TILE / 2, still ? 1 : 1 - Math.exp(-CATCH_UP * seconds));
    this.#stayInSight();
    this.#lookAround(now);
  }

  #approach(x, y, part) {
    const far = Math.max(Math.abs(x - this.x), Math.abs(y - this.y)) > FAR * TILE;
    this.x += (x - this.x) * (far ? 1 : part);
    this.y += (y - this.y) * (far ? 1 : part);
  }

  #stayInSight() {
    if (!this.from) return;
    const within = (at, chunk) => Math.max((chunk - 1) * this.span, Math.min((chunk + 2) * this.span - 1, at));
    this.x = within(this.x, this.from.cx);
    this.y = within(this.y, this.from.cy);
  }

  async #lookAround(now) {
    const { cx, cy } = this.#chunkAt(this.x, this.y);
    if (!this.from || this.asking || (this.from.cx === cx && this.from.cy === cy)) return;
    const same = this.refused.cx === cx && this.refused.cy === cy;
    if (same && now - this.refused.at < AGAIN) return;
    if (await this.#ask(cx, cy, !same)) this.from = { cx, cy };
    else this.refused = { cx, cy, at: now };
  }

  /** Asks to look from a chunk. @returns {Promise<boolean>} whether it may; if not, why not is said if it is `news` */
  async #ask(cx, cy, news) {
    this.asking = true;
    try {
      await this.net.request('watch', { cx, cy });
      return true;
    } catch (refusal) {
      if (news && this.net.ready) this.toast(refusal.message);
      return false;
    } finally {
      this.asking = false;
    }
  }

  /** At first it looks where the server says; after a break, where it looked before, if it may. */
  async #welcome({ x, y }) {
    const perUnit = TILE / this.world.unit;
    const spawn = [x * perUnit, y * perUnit];
    const before = this.#chunkAt(this.x, this.y);
    this.from = null;
    if (this.followed) await this.follow(this.followed);
    else if (this.came && await this.#ask(before.cx, before.cy, false)) this.from = before;
    if (this.from || !this.net.ready) return;
    this.came = true;
    [this.x, this.y] = spawn;
    this.from = this.#chunkAt(...spawn);
  }

  #chunkAt(x, y) {
    return { cx: Math.floor(x / this.span), cy: Math.floor(y / this.span) };
  }
}
