// Digging, placing and using: what one aims at, what is sent, what is shown before the server has answered.

import { inOwnWords } from '../page/sentences.js';
import { GROUND, PAINT, STANDING, tileKey } from './state.js';

const TILE = 16;
const ANSWER_WITHIN = 5000; // ms after which what was used no longer opens by itself
const SELECT_EVERY = 50; // ms between two words on what is in the hand: a wheel or a touchpad turns faster than the server hears

export class Hands {
  /**
   * @param {{world: import('./state.js').World, net: import('../net/net.js').Net, predictor: import('./predict.js').Predictor,
   *   tiles: import('../view/tiles.js').Tiles, land: import('./land.js').Land}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.aim = { x: 0, y: 0, shown: false };
    /** @type {{x: number, y: number, ref: number, since: number, ticks: number, tool: number, stage: number} | null} */
    this.dig = null;
    this.used = null;
    this.fedUntil = 0; // local time in ms until which a meal lasts
    this.toldAt = -Infinity; // when the server was told which slot is chosen, …
    this.toldOf = 0; // … for which time, …
    this.untold = false; // … and whether another one is chosen since
    this.given = new Set(); // refs of digs that were stopped on purpose: their refusal is no news
    this.guesses = new Map(); // placed blocks by ref, until the server has answered
    this.onRefused = () => {};
    this.onStage = () => {};
    this.onPlaced = () => {};
    this.onUsed = () => {}; // with what was used, as a block of the table
    this.onDug = () => {};
    this.onHomeless = () => {}; // back, but not beside a bed
    this.onAte = () => {}; // with what was eaten, as a block of the table
    this.onStillFed = () => {}; // with the seconds for which a meal still lasts that this page did not see
    this.onScroll = () => {}; // with the tile on which the scroll in the hand is to be hidden
    this.net.beforeInput = () => this.#tellSlot(); // a tool, a brush, a meal: the server goes by what it was told
    this.net.on('refused', (m) => this.#refused(m));
    this.net.on('done', (m) => this.#done(m.ref));
    this.net.on('welcome', () => this.#again());
    this.net.on('block', (m) => this.#changed(m));
    this.net.on('fed', (m) => this.#fed(m.ticks));
  }

  #fed(ticks) {
    const now = performance.now();
    const known = now < this.fedUntil;
    const { tick_hz: hz } = this.world.rules;
    this.fedUntil = now + (ticks * 1000) / hz;
    if (ticks && !known) this.onStillFed(Math.ceil(ticks / hz));
  }

  #done(ref) {
    this.guesses.delete(ref);
    this.given.delete(ref);
    if (this.dig?.ref === ref) this.dig = null; // its end was missed while the connection was lost
  }

  /** The connection is back: what the server shows now is without what it is only now asked for again. */
  #again() {
    for (const guess of this.guesses.values()) guess.shown = false;
    if (this.dig) Object.assign(this.dig, { since: performance.now(), stage: 0 });
  }

  /** Heard before the world has followed: what was there is still known. */
  #changed({ x, y, layer, by }) {
    if (layer === PAINT || !this.dig || this.dig.x !== x || this.dig.y !== y) return;
    this.dig = null;
    const before = this.world.kinds[this.world.at(x, y, layer)];
    if (by === this.world.you) this.onDug({ x, y, drops: before?.drops });
  }

  /** The tile that the picture shows at a world pixel: raised walls and tree trunks stand in front of what is north. */
  tileAt(px, py) {
    const [x, y] = [Math.floor(px / TILE), Math.floor(py / TILE)];
    const { world, tiles } = this;
    if (py - y * TILE >= TILE - 10 && tiles.isWall(world.at(x, y + 1, STANDING))) return { x, y: y + 1 };
    if (world.at(x, y, STANDING) > 0) return { x, y };
    for (let south = 1; south <= 2; south++) {
      const sprite = tiles.standing(Math.max(0, world.at(x, y + south, STANDING)), x, y + south, () => 0);
      if (sprite?.tall) return { x, y: y + south };
    }
    return { x, y };
  }

  tileUnderfoot() {
    const { place } = this.predictor;
    return { x: Math.floor(place.x / this.world.unit), y: Math.floor(place.y / this.world.unit) };
  }

  /** The tile in front of the body, for those who play by keys. */
  tileAhead() {
    const { place, facing } = this.predictor;
    const [dx, dy] = [[0, 1], [-1, 0], [0, -1], [1, 0]][facing];
    const unit = this.world.unit;
    return { x: Math.floor(place.x / unit) + dx, y: Math.floor(place.y / unit) + dy };
  }

  inReach(x, y) {
    const { unit, rules } = this.world;
    const { place } = this.predictor;
    const [east, south] = [x * unit + unit / 2 - place.x, y * unit + unit / 2 - place.y];
    return Math.hypot(east, south) <= rules.reach * unit;
  }

  /** Points at a tile; the mark shows only what one can reach. */
  point(tile) {
    this.aim.shown = tile !== null && this.inReach(tile.x, tile.y) && this.world.at(tile.x, tile.y, GROUND) > 0;
    if (tile) {
      this.aim.x = tile.x;
      this.aim.y = tile.y;
    }
  }

  /** Whether something can be dug there. */
  canDig({ x, y }) {
    const kind = this.#kindToDig(x, y);
    return this.inReach(x, y) && Boolean(kind?.dig_ticks) && kind.asks <= this.#gradeFor(kind);
  }

  #kindToDig(x, y) {
    const above = this.world.at(x, y, STANDING);
    return above < 0 ? undefined : this.world.kinds[above > 0 ? above : this.world.at(x, y, GROUND)];
  }

  /** How good a tool for this kind of block is in the hand; 0: none. */
  #gradeFor(kind) {
    const held = this.world.kinds[this.world.held];
    return held?.tool && held.tool === kind.dug_with ? held.grade : 0;
  }

  #whyNotDig(x, y) {
    if (!this.inReach(x, y)) return 'That is out of reach.';
    const kind = this.#kindToDig(x, y);
    if (!kind?.dig_ticks || kind.asks <= this.#gradeFor(kind)) return null;
    const least = this.world.kinds.find((k) => k?.tool === kind.dug_with && k.grade === kind.asks);
    const article = 'aeiou'.includes(least.name[0]) ? 'an' : 'a';
    return `${kind.name[0].toUpperCase()}${kind.name.slice(1)} asks for ${article} ${least.name} in the hand.`;
  }

  /** Digs, or goes on digging, at a tile. Says why not at most once for each press. */
  digAt({ x, y }, now, first) {
    if (this.dig?.x === x && this.dig?.y === y) return;
    // A button that is still held when the tree has fallen asks for no hole where nobody may dig one.
    const spared = !first && this.land.refusal(x, y, this.world.at(x, y, STANDING) > 0);
    if (spared || !this.canDig({ x, y })) {
      this.stop();
      const reason = first ? this.#whyNotDig(x, y) : null;
      if (reason) this.onRefused(inOwnWords(reason), { x, y });
      return;
    }
    if (this.dig) this.given.add(this.dig.ref);
    const ref = this.net.input('dig', { x, y });
    if (!ref) return;
    const kind = this.#kindToDig(x, y);
    const grade = this.#gradeFor(kind);
    const pace = (1 + grade) * (now < this.fedUntil ? this.world.rules.fed_digs : 1);
    const ticks = Math.ceil(kind.dig_ticks / pace);
    this.dig = { x, y, ref, since: now, ticks, tool: grade ? this.world.held : 0, stage: 0 };
  }

  stop() {
    if (!this.dig) return;
    this.given.add(this.dig.ref);
    this.net.input('stop');
    this.world.cracks.delete(tileKey(this.dig.x, this.dig.y));
    this.dig = null;
  }

  /** Lets the cracks of one's own digging grow; called once a frame. */
  update(now) {
    this.#tellSlot(now);
    const { dig } = this;
    if (!dig) return;
    if (!this.inReach(dig.x, dig.y) || (dig.tool && dig.tool !== this.world.held)) {
      this.stop();
      return;
    }
    const { tick_hz: hz, dig_stages: stages } = this.world.rules;
    const part = (now - dig.since) / (dig.ticks * (1000 / hz));
    const stage = Math.min(stages, 1 + Math.floor(part * stages));
    if (stage === dig.stage) return;
    dig.stage = stage;
    this.world.cracks.set(tileKey(dig.x, dig.y), { id: this.world.you, x: dig.x, y: dig.y, stage });
    this.onStage(dig);
  }

  /** Whether what is in the hand can be eaten. */
  get holdsFood() {
    return this.world.kinds[this.world.held]?.use === 'food';
  }

  async eat() {
    const { rules, kinds, held } = this.world;
    try {
      await this.net.request('eat');
      this.fedUntil = performance.now() + (rules.fed * 1000) / rules.tick_hz;
      this.onAte(kinds[held]);
    } catch (refusal) {
      this.onRefused(refusal.message, this.tileUnderfoot());
    }
  }

  /** Whether what stands there is good for something. */
  canUse({ x, y }) {
    return Boolean(this.world.kinds[this.world.at(x, y, STANDING)]?.use);
  }

  async use({ x, y }) {
    this.used = { x, y, at: performance.now() };
    try {
      const kind = this.world.kinds[this.world.at(x, y, STANDING)];
      await this.net.request('use', { x, y });
      this.onUsed({ x, y, kind });
    } catch (refusal) {
      this.onRefused(refusal.message, { x, y });
    }
  }

  /** Back to one's bed; the server leads who has none to where everybody arrives. */
  async goHome() {
    this.stop();
    try {
      await this.net.request('return');
      const { home } = this.world;
      const { x, y } = this.tileUnderfoot();
      if (!home || Math.max(Math.abs(x - home.x), Math.abs(y - home.y)) > 1) this.onHomeless();
    } catch (refusal) {
      this.onRefused(refusal.message, this.tileUnderfoot());
    }
  }

  /** Whether this is the tile that was used a moment ago; true only once. */
  looksFor(x, y) {
    const { used } = this;
    if (used?.x !== x || used?.y !== y || performance.now() - used.at > ANSWER_WITHIN) return false;
    this.used = null;
    return true;
  }

  /** Puts what is in the hand onto a tile, at once; the server may take it back. */
  place({ x, y }) {
    const { world } = this;
    const block = world.held;
    const kind = world.kinds[block];
    if (!block) return;
    if (kind.use === 'scroll') {
      this.onScroll({ x, y });
      return;
    }
    const reason = this.#whyNot(kind, x, y);
    if (reason) {
      this.onRefused(inOwnWords(reason), { x, y });
      return;
    }
    const ref = this.net.input('place', { x, y, slot: world.slot });
    if (!ref) return;
    const before = world.setBlock(x, y, kind.layer, block);
    this.guesses.set(ref, { x, y, layer: kind.layer, before, block, shown: true });
    this.#spend();
    this.onPlaced({ x, y, block });
  }

  #whyNot(kind, x, y) {
    if (!kind.placeable) return `One cannot place ${kind.name}.`;
    if (!this.inReach(x, y)) return 'That is out of reach.';
    if (this.world.at(x, y, STANDING) !== 0) return 'Something stands there already.';
    const mine = this.land.refusal(x, y);
    if (mine) return mine;
    const ground = this.world.kinds[this.world.at(x, y, GROUND)];
    const fits = kind.fits.length ? kind.fits.includes(ground.id) : !ground.solid;
    return fits ? null : `One cannot place ${kind.name} on ${ground.name}.`;
  }

  #spend() {
    const slot = this.world.slots[this.world.slot];
    slot.count--;
    if (slot.count === 0) slot.block = 0;
    this.world.emit('inventory');
  }

  /** Chooses what is in the hand; what the server still says of the slots before is not heeded. */
  select(slot) {
    const { world } = this;
    const count = world.rules.hotbar;
    world.slot = world.wanted = ((slot % count) + count) % count;
    this.untold = true;
    this.#tellSlot(performance.now());
    world.emit('inventory');
  }

  async #tellSlot(now = Infinity) {
    if (!this.untold || now - this.toldAt < SELECT_EVERY) return;
    this.toldAt = performance.now();
    this.untold = false;
    const number = ++this.toldOf;
    await this.net.request('select', { slot: this.world.slot }).catch(() => {});
    if (number === this.toldOf && !this.untold) this.world.wanted = null;
  }

  #refused({ ref, reason }) {
    if (this.given.delete(ref)) return;
    const guess = this.guesses.get(ref);
    if (guess) {
      this.guesses.delete(ref);
      if (guess.shown) this.#takeBack(guess);
      this.onRefused(reason, guess);
    } else if (this.dig?.ref === ref) {
      this.onRefused(reason, this.dig);
      this.world.cracks.delete(tileKey(this.dig.x, this.dig.y));
      this.dig = null;
    }
  }

  #takeBack({ x, y, layer, before, block }) {
    const { world } = this;
    if (world.at(x, y, layer) === block) world.setBlock(x, y, layer, before);
    const slot = world.slots.find((s) => s.block === block) ?? world.slots.find((s) => s.count === 0);
    if (slot) Object.assign(slot, { block, count: slot.count + 1 });
    world.emit('inventory');
  }
}
