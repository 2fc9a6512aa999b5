// What part of the world the window shows, and how large. All scales are whole device pixels, so that pixels stay square.

import { TILE } from '../art/ground.js';
import { keep, recall } from '../page/keep.js';
import { phone } from '../input/phone.js';

const SMALLEST = 24; // CSS pixels for a tile
const LARGEST = 80;

export class Camera {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.zoom = recall('zoom', 0); // steps in or out from the usual size
    this.left = 0; // world pixels at the left edge, a multiple of 1 / scale
    this.top = 0;
    this.free = Infinity; // CSS pixels from the top of the window that nothing covers
    this.fit();
    addEventListener('resize', () => this.fit());
  }

  /** Takes over the size of the window. */
  fit() {
    const dpr = devicePixelRatio || 1;
    const width = Math.round(innerWidth * dpr);
    const height = Math.round(innerHeight * dpr);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.dpr = dpr;
    const usual = phone.matches ? 32 : 48;
    const lowest = Math.ceil((SMALLEST * dpr) / TILE);
    const highest = Math.floor((LARGEST * dpr) / TILE);
    this.scale = Math.max(lowest, Math.min(highest, Math.round((usual * dpr) / TILE) + this.zoom));
    this.zoom = this.scale - Math.round((usual * dpr) / TILE);
    this.width = width / this.scale; // art pixels
    this.height = height / this.scale;
  }

  zoomBy(steps) {
    this.zoom += steps;
    this.fit();
    keep('zoom', this.zoom);
  }

  /** Puts world pixel x, y into the middle of what is not covered. */
  lookAt(x, y) {
    const height = Math.min(this.height, (this.free * this.dpr) / this.scale);
    this.left = Math.round((x - this.width / 2) * this.scale) / this.scale;
    this.top = Math.round((y - height / 2) * this.scale) / this.scale;
  }

  /** World pixels from a place in the window (CSS pixels). */
  toWorld(clientX, clientY) {
    return { x: this.left + (clientX * this.dpr) / this.scale, y: this.top + (clientY * this.dpr) / this.scale };
  }

  /** A place in the window (CSS pixels) from world pixels. */
  toWindow(x, y) {
    return { x: ((x - this.left) * this.scale) / this.dpr, y: ((y - this.top) * this.scale) / this.dpr };
  }
}
