// The ground that this browser's player has seen, from above: one colour for a tile, kept beyond what is in view, and by
// atlas.js beyond this visit. What nobody showed this player is not in here.

import { channels } from '../art/palette.js';
import { GROUND, PAINT, STANDING, chunkKey } from './state.js';

export const KEPT = 2048; // chunks of 2 KiB; the ones seen longest ago go first
const SAVE_EVERY = 5000; // ms

/** A colour in 16 bits: five of red, six of green, five of blue. */
export const packed = ([r, g, b]) => ((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3);

/** Writes packed colours as the bytes of a picture, red, green, blue and opaque. */
export function unpack(colours, data) {
  for (let i = 0; i < colours.length; i++) {
    const [r, g, b] = [colours[i] >> 11, (colours[i] >> 5) & 63, colours[i] & 31];
    data[4 * i] = (r << 3) | (r >> 2);
    data[4 * i + 1] = (g << 2) | (g >> 4);
    data[4 * i + 2] = (b << 3) | (b >> 2);
    data[4 * i + 3] = 255;
  }
}

/** @typedef {{cx: number, cy: number, colours: Uint16Array, seen: number}} Seen  `seen` in ms since 1970 */

export class Explored {
  /** @param {import('./state.js').World} world @param {import('./atlas.js').Atlas | null} atlas null: nothing is kept */
  constructor(world, atlas) {
    this.world = world;
    this.atlas = atlas;
    this.kinds = world.kinds.map((kind) => packed(channels(kind.colour)));
    this.paints = world.colours.map((colour) => packed(channels(colour)));
    this.player = 0;
    this.#begin();
    world.on('welcome', ({ you }) => {
      if (you !== this.player) this.#begin();
      this.player = you;
    });
    world.on('chunk', (chunk) => this.#see(chunk));
    world.on('block', ({ x, y }) => this.#change(x, y));
    world.on('landmarks', ({ atlas: name }) => this.#belongsTo(name));
  }

  #begin() {
    /** @type {Map<number, Seen>} the one seen longest ago first */
    this.chunks = new Map();
    this.unsaved = new Set();
    this.name = '';
  }

  get(cx, cy) {
    return this.chunks.get(chunkKey(cx, cy));
  }

  /** Saves now and then, and when the page is left. */
  start() {
    setInterval(() => this.save(), SAVE_EVERY);
    addEventListener('visibilitychange', () => document.hidden && this.save());
  }

  async save() {
    if (!this.name || !this.unsaved.size) return;
    const chunks = [...this.unsaved].map((key) => this.chunks.get(key)).filter(Boolean);
    this.unsaved.clear();
    await this.atlas.keep(this.name, chunks);
  }

  /** Whose it is has been told: what they saw on earlier visits comes to what they saw on this one. */
  async #belongsTo(name) {
    if (name === this.name) return;
    this.name = name;
    const before = await this.atlas.load(name);
    if (name !== this.name) return;
    const now = this.chunks;
    this.chunks = new Map(before.sort((a, b) => a.seen - b.seen).map((seen) => [chunkKey(seen.cx, seen.cy), seen]));
    for (const seen of now.values()) this.#put(seen);
    for (const { cx, cy } of before) this.world.emit('explored', { cx, cy });
    this.save();
  }

  #see(chunk) {
    const { cx, cy } = chunk;
    const colours = new Uint16Array(this.world.size ** 2);
    for (let i = 0; i < colours.length; i++) colours[i] = this.#colour(chunk, i);
    this.#put({ cx, cy, colours, seen: Date.now() });
    this.unsaved.add(chunkKey(cx, cy));
    this.world.emit('explored', { cx, cy });
  }

  #put(seen) {
    const key = chunkKey(seen.cx, seen.cy);
    this.chunks.delete(key);
    this.chunks.set(key, seen);
    if (this.chunks.size > KEPT) this.chunks.delete(this.chunks.keys().next().value);
  }

  #change(x, y) {
    const n = this.world.size;
    const [cx, cy] = [Math.floor(x / n), Math.floor(y / n)];
    const seen = this.get(cx, cy);
    if (!seen) return;
    const i = (y - cy * n) * n + x - cx * n;
    seen.colours[i] = this.#colour(this.world.chunkAt(x, y), i);
    this.unsaved.add(chunkKey(cx, cy));
    this.world.emit('explored', { cx, cy });
  }

  /** Paint over all, then what is solid, else the ground. */
  #colour({ layers }, i) {
    const above = layers[STANDING][i];
    const top = above && this.world.kinds[above].solid ? above : layers[GROUND][i];
    return this.paints[layers[PAINT]?.[i]] ?? this.kinds[top] ?? 0;
  }
}
