// What the map names: where everybody arrives, one's bed, land and mark, friends in sight, and the regions and ruins that
// one has discovered. The server tells only what its player has come upon in person.

import { get } from '../net/api.js';
import { FRIEND } from '../chat/friends.js';
import { t } from '../page/lang.js';
import { tileKey } from './state.js';

/** @typedef {{kind: 'mark' | 'home' | 'spawn' | 'plot' | 'friend' | 'place' | 'ruin', name: string, x: number, y: number}} Landmark */

export class Landmarks {
  /** @param {{net: import('../net/net.js').Net, world: import('./state.js').World, land: import('./land.js').Land,
   *   friends: import('../chat/friends.js').Friends, figures: import('../view/figures.js').Figures}} parts */
  constructor(parts) {
    Object.assign(this, parts);
    this.#forget();
    this.world.on('welcome', () => {
      this.#forget();
      this.ask();
    });
    this.net.on('discovered', ({ kind }) => (kind === 'place' || kind === 'ruin') && this.ask());
  }

  #forget() {
    /** @type {{kind: string, name: string, x: number, y: number}[]} */
    this.found = [];
    this.spawn = null;
  }

  /** Asks the server anew. What it cannot answer now is asked again when the map is opened. */
  async ask() {
    try {
      const { atlas, spawn, landmarks } = await get('/api/me/landmarks');
      this.spawn = spawn;
      this.found = landmarks;
      this.world.emit('landmarks', { atlas });
    } catch {
      // see above
    }
  }

  /** All of them, those nearest to a place (tiles) first. @returns {Landmark[]} */
  around({ x, y }) {
    const far = (mark) => (mark.x - x) ** 2 + (mark.y - y) ** 2;
    return [...this.#own(), ...this.found.map(named)].sort((a, b) => far(a) - far(b));
  }

  #own() {
    const { world, land, figures, friends } = this;
    const all = areas(land.mine.plots, land.size).map((place) => ({ kind: 'plot', name: t('map.plot'), ...place }));
    if (world.mark) all.push({ kind: 'mark', name: t('map.mark'), ...world.mark });
    if (world.home) all.push({ kind: 'home', name: t('map.home'), ...world.home });
    if (this.spawn) all.push({ kind: 'spawn', name: t('map.spawn'), ...this.spawn });
    for (const { body, x, y } of figures.list) {
      if (friends.state(body.id) === FRIEND) all.push({ kind: 'friend', name: body.name, x: Math.floor(x / 16), y: Math.floor(y / 16) });
    }
    return all;
  }
}

const named = (mark) => (mark.kind === 'ruin' ? { ...mark, name: t('map.ruin', { name: mark.name }) } : mark);

/** The middles (tiles) of the pieces of land that plots of `size` tiles make up side by side. */
export function areas(plots, size) {
  const left = new Map(plots.map((plot) => [tileKey(plot.x, plot.y), plot]));
  const found = [];
  for (const first of plots) {
    const piece = [];
    const edge = [first];
    while (edge.length) {
      const { x, y } = edge.pop();
      if (!left.delete(tileKey(x, y))) continue;
      piece.push({ x, y });
      edge.push({ x: x + 1, y }, { x: x - 1, y }, { x, y: y + 1 }, { x, y: y - 1 });
    }
    if (!piece.length) continue;
    const middle = (axis) => Math.floor(piece.reduce((sum, plot) => sum + plot[axis] + 0.5, 0) / piece.length * size);
    found.push({ x: middle('x'), y: middle('y') });
  }
  return found;
}
