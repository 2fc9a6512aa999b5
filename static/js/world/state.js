// What this client knows of the world: the chunks and bodies around, the inventory, the hour. Filled by the server's
// messages; everything that draws or predicts reads from here and nothing else.

/**
 * @typedef {{id: number, name: string, look: number, x: number, y: number, facing: number, driver: number,
 *            held: number}} Body   places in units; `x`, `y` are the last ones heard: where it walked on to since, interpolate.js tells
 * @typedef {{id: number, name: string, layer: number, solid: boolean, dig_ticks: number, drops: number,
 *            placeable: boolean, colour: string, light: number, dug_with: string, asks: number, tool: string,
 *            grade: number, uses: number, use: string}} Block   of a tool, a slot's count is the uses that are
 *            left; what has a `use` can be used
 * @typedef {{id: number, makes: number, count: number, parts: [number, number][], at: number}} Recipe
 */

export const ASLEEP = 0;
export const PLAYER = 1;
export const AGENT = 2;

export const GROUND = 0;
export const STANDING = 1;
export const PAINT = 2;

const KEY_SPAN = 2 ** 20; // chunk coordinates stay far below half of this on both axes

export class World {
  /** @param {object} rules what `world.describe()` gives */
  constructor(rules) {
    this.rules = rules;
    this.unit = rules.unit;
    this.size = rules.chunk;
    /** @type {Block[]} */
    this.kinds = [];
    /** @type {string[]} by number; 0 is no paint */
    this.colours = [];
    for (const { id, colour } of rules.colours) this.colours[id] = colour;
    for (const block of rules.blocks) this.kinds[block.id] = block;
    this.colour = 33; // bright red; the brush paints with it
    this.clear();
    this.mark = null; // a tile that the player wants to find again, {x, y}
    this.goal = null; // likewise, that the player walks to
    this.wanted = null; // the slot that the player has chosen, until the server has it too
    this.listeners = new Map();
  }

  /** Forgets everything that a new connection will tell again. */
  clear() {
    this.you = 0;
    this.chunks = new Map();
    this.bodies = new Map();
    this.cracks = new Map();
    this.slots = [];
    this.slot = 0;
    /** @type {{x: number, y: number} | null} the tile of one's bed */
    this.home = null;
    this.weather = '';
    this.model = { state: 'loading', note: '' };
  }

  /** Calls `listener` after a change of this kind: welcome, chunk, forgotten, block, bodies, removed,
   * inventory, model, home, wheel (who drives one's own body), land, explored, landmarks. What it returns ends that. */
  on(change, listener) {
    this.listeners.set(change, [...(this.listeners.get(change) ?? []), listener]);
    return () => this.listeners.set(change, this.listeners.get(change).filter((other) => other !== listener));
  }

  emit(change, detail) {
    for (const listener of this.listeners.get(change) ?? []) listener(detail);
  }

  get me() {
    return this.bodies.get(this.you);
  }

  /** Whether the player's agent drives while they watch. */
  get driven() {
    return this.me?.driver === AGENT;
  }

  /** What the player has in hand, as a block id; 0 for the bare hand. */
  get held() {
    const slot = this.slots[this.slot];
    return slot && slot.count > 0 ? slot.block : 0;
  }

  chunkAt(tx, ty) {
    return this.chunks.get(chunkKey(Math.floor(tx / this.size), Math.floor(ty / this.size)));
  }

  /** The block id in a layer of tile tx, ty; −1 where the chunk is not known. */
  at(tx, ty, layer) {
    const chunk = this.chunkAt(tx, ty);
    return chunk ? chunk.layers[layer]?.[this.#index(tx, ty)] ?? 0 : -1;
  }

  /** Whether a body cannot stand on this tile; the unknown counts as solid until the server has told. */
  solid(tx, ty) {
    const chunk = this.chunkAt(tx, ty);
    if (!chunk) return true;
    const i = this.#index(tx, ty);
    return this.kinds[chunk.layers[GROUND][i]].solid || this.kinds[chunk.layers[STANDING][i]].solid;
  }

  /** Changes one tile. @returns {number} what was there before, −1 where the chunk is not known */
  setBlock(tx, ty, layer, block) {
    const chunk = this.chunkAt(tx, ty);
    if (!chunk) return -1;
    const i = this.#index(tx, ty);
    chunk.layers[layer] ??= new Uint8Array(this.size ** 2); // the first paint here
    const before = chunk.layers[layer][i];
    chunk.layers[layer][i] = block;
    if (layer === STANDING) this.cracks.delete(tileKey(tx, ty));
    this.emit('block', { x: tx, y: ty, layer, block, before });
    return before;
  }

  #index(tx, ty) {
    const n = this.size;
    return (ty - Math.floor(ty / n) * n) * n + (tx - Math.floor(tx / n) * n);
  }

  /** Has the world follow the server's messages. @param {import('../net/net.js').Net} net */
  follow(net) {
    net.on('welcome', (m) => {
      this.clear();
      this.you = m.you;
      this.name = m.name;
      this.admin = m.admin;
      this.emit('welcome', m);
    });
    net.on('chunk', (m) => this.#addChunk(m));
    net.on('forget', (m) => this.#forget(m.cx, m.cy));
    net.on('bodies', (m) => {
      for (const body of m.bodies) this.bodies.set(body.id, Object.assign(this.bodies.get(body.id) ?? {}, body));
      this.emit('bodies', m.bodies);
    });
    net.on('left', (m) => {
      if (!this.chunks.has(chunkKey(m.cx, m.cy))) this.#remove(m.id);
    });
    net.on('gone', (m) => this.#remove(m.id));
    net.on('moves', (m) => {
      for (const { id, x, y, facing } of m.moves) {
        const body = this.bodies.get(id);
        if (body && id !== this.you) Object.assign(body, { x, y, facing });
      }
    });
    net.on('driver', (m) => {
      const body = this.bodies.get(m.id);
      if (body) Object.assign(body, { driver: m.driver, held: m.held });
      if (m.id === this.you) this.emit('wheel');
    });
    net.on('digging', (m) => this.#crack(m));
    net.on('block', (m) => this.setBlock(m.x, m.y, m.layer, m.block));
    net.on('inventory', (m) => {
      this.slot = this.wanted ?? m.slot;
      this.slots = m.slots;
      this.emit('inventory');
    });
    net.on('home', ({ x, y, known }) => {
      this.home = known ? { x, y } : null;
      this.emit('home');
    });
    net.on('clock', (m) => {
      this.weather = m.weather;
    });
    net.on('agent', (m) => {
      this.model = m;
      this.emit('model', m);
    });
  }

  #addChunk({ cx, cy, ground, blocks, paint }) {
    const cells = this.size * this.size;
    const chunk = { cx, cy, layers: [unroll(ground, cells), unroll(blocks, cells), paint.length ? unroll(paint, cells) : null] };
    this.chunks.set(chunkKey(cx, cy), chunk);
    this.emit('chunk', chunk);
  }

  #forget(cx, cy) {
    this.chunks.delete(chunkKey(cx, cy));
    for (const [key, { x, y }] of this.cracks) { // whose end is told only to those who see the chunk
      if (Math.floor(x / this.size) === cx && Math.floor(y / this.size) === cy) this.cracks.delete(key);
    }
    const span = this.size * this.unit;
    for (const body of this.bodies.values()) {
      const there = Math.floor(body.x / span) === cx && Math.floor(body.y / span) === cy;
      if (there && body.id !== this.you) this.#remove(body.id);
    }
    this.emit('forgotten', { cx, cy });
  }

  #remove(id) {
    if (id === this.you) return;
    this.bodies.delete(id);
    this.emit('removed', id);
  }

  /** One's own cracks are foretold by hands.js, which is ahead of the server; only their end is heard, unless the agent digs. */
  #crack({ id, x, y, stage }) {
    const key = tileKey(x, y);
    if (stage === 0) {
      if (this.cracks.get(key)?.id === id) this.cracks.delete(key);
      return;
    }
    if (id === this.you && !this.driven) return;
    for (const [other, crack] of this.cracks) if (crack.id === id) this.cracks.delete(other);
    this.cracks.set(key, { id, x, y, stage });
  }
}

export function chunkKey(cx, cy) {
  return (cx + KEY_SPAN / 2) * KEY_SPAN + cy + KEY_SPAN / 2;
}

export function tileKey(tx, ty) {
  return (tx + 2 ** 24) * 2 ** 25 + ty + 2 ** 24;
}

/** Run-length pairs (length − 1, block id) as one byte for each tile, row by row. */
export function unroll(pairs, cells) {
  const out = new Uint8Array(cells);
  let at = 0;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const end = at + pairs[i] + 1;
    out.fill(pairs[i + 1], at, end);
    at = end;
  }
  if (at !== cells) throw new Error(`A chunk has ${cells} tiles, not ${at}.`);
  return out;
}
