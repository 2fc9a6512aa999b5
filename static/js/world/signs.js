// What stands on signs: asked for when the body comes near, shown over them, kept until it changes.

import { byId, el } from '../page/dom.js';
import { asideOf } from '../view/labels.js';
import { STANDING, tileKey } from './state.js';

const TILE = 16;
const NEAR = 3; // tiles
const LOOK_EVERY = 250; // ms
const SHOWN = 4; // signs at once, the nearest

export class Signs {
  /**
   * @param {{net: import('../net/net.js').Net, world: import('./state.js').World, camera: import('../view/camera.js').Camera,
   *   reader: {place: {x: number, y: number}}}} parts `reader`: who is near enough to read, in units
   */
  constructor({ net, world, camera, reader }) {
    Object.assign(this, { net, world, camera, reader });
    /** @type {Map<number, {x: number, y: number, text: string, by: string}>} */
    this.known = new Map();
    /** @type {Map<number, {x: number, y: number, node: HTMLElement, width: number}>} */
    this.shown = new Map();
    this.sizes = new ResizeObserver((entries) => {
      for (const { target, borderBoxSize: [{ inlineSize }] } of entries) {
        for (const sign of this.shown.values()) if (sign.node === target) sign.width = inlineSize;
      }
    });
    this.lookedAt = -Infinity;
    const forget = () => this.known.clear();
    world.on('welcome', forget);
    world.on('forgotten', forget);
    world.on('block', ({ x, y, layer }) => layer === STANDING && this.known.delete(tileKey(x, y)));
    net.on('sign', (m) => {
      this.known.set(tileKey(m.x, m.y), m);
      this.lookedAt = -Infinity;
    });
  }

  /** What stands on the sign on this tile, as far as it is known. */
  at(x, y) {
    return this.known.get(tileKey(x, y)) ?? { x, y, text: '', by: '' };
  }

  /** Called once a frame. */
  update(now) {
    if (now - this.lookedAt > LOOK_EVERY) {
      this.lookedAt = now;
      this.#look();
    }
    for (const { x, y, node, width } of this.shown.values()) {
      const place = this.camera.toWindow(x * TILE + TILE / 2, y * TILE - 4);
      const left = Math.round(place.x) + asideOf(place.x, width);
      node.style.transform = `translate(${left}px, ${Math.round(place.y)}px) translate(-50%, -100%)`;
    }
  }

  #look() {
    const { unit } = this.world;
    const { place } = this.reader;
    const [cx, cy] = [Math.floor(place.x / unit), Math.floor(place.y / unit)];
    const near = [];
    for (let y = cy - NEAR; y <= cy + NEAR; y++) {
      for (let x = cx - NEAR; x <= cx + NEAR; x++) {
        if (this.world.kinds[this.world.at(x, y, STANDING)]?.use !== 'sign') continue;
        const sign = this.known.get(tileKey(x, y));
        if (!sign) this.#ask(x, y);
        else if (sign.text) near.push({ ...sign, far: Math.hypot(x - cx, y - cy) });
      }
    }
    this.#show(near.sort((a, b) => a.far - b.far).slice(0, SHOWN));
  }

  #ask(x, y) {
    this.known.set(tileKey(x, y), { x, y, text: '', by: '' }); // once is enough
    this.net.send('look', { x, y });
  }

  #show(near) {
    const keys = new Map(near.map((sign) => [tileKey(sign.x, sign.y), sign]));
    for (const [key, { node }] of this.shown) {
      if (node.textContent === keys.get(key)?.text) continue;
      this.sizes.unobserve(node);
      node.remove();
      this.shown.delete(key);
    }
    for (const [key, { x, y, text }] of keys) {
      if (this.shown.has(key)) continue;
      const node = el('p', { class: 'sign-words', dir: 'auto', textContent: text });
      byId('labels').append(node);
      this.sizes.observe(node, { box: 'border-box' });
      this.shown.set(key, { x, y, node, width: 0 });
    }
  }
}
