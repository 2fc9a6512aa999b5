// A spectator's keys, mouse and fingers: dragging or walking keys move the picture, a click or a tap chooses somebody.

import { actionOf, wayOf } from './keys.js';

const SLACK = 8; // CSS pixels a finger may wander and still tap

/** @typedef {{drag: (dx: number, dy: number) => void, choose: (x: number, y: number) => void, turn: (by: number) => void,
 *   letGo: () => void, zoom: (by: number) => void}} Wishes places and ways in CSS pixels */

export class Gaze {
  /** @param {HTMLCanvasElement} canvas @param {Wishes} wishes */
  constructor(canvas, wishes) {
    this.wishes = wishes;
    this.keys = new Set();
    this.way = { dx: 0, dy: 0 }; // where the keys lead
    this.hand = null; // what holds the picture: a pointer and where it was
    addEventListener('keydown', (event) => this.#down(event));
    addEventListener('keyup', ({ code }) => this.#turn(() => this.keys.delete(code)));
    addEventListener('blur', () => this.#turn(() => this.keys.clear()));
    canvas.addEventListener('pointerdown', (event) => this.#grasp(event, canvas));
    canvas.addEventListener('pointermove', (event) => this.#drag(event));
    canvas.addEventListener('pointerup', (event) => this.#lift(event, true));
    canvas.addEventListener('pointercancel', (event) => this.#lift(event, false));
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      wishes.zoom(-Math.sign(event.deltaY));
    }, { passive: false });
  }

  #down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { code, repeat } = event;
    const action = actionOf(code);
    if (wayOf(code)) {
      event.preventDefault();
      this.#turn(() => this.keys.add(code));
    } else if (repeat) return;
    else if (code === 'KeyN') this.wishes.turn(1);
    else if (code === 'KeyP') this.wishes.turn(-1);
    else if (code === 'Escape') this.wishes.letGo();
    else if (action === 'closer') this.wishes.zoom(1);
    else if (action === 'further') this.wishes.zoom(-1);
  }

  #turn(change) {
    change();
    let [dx, dy] = [0, 0];
    for (const key of this.keys) {
      dx += wayOf(key)[0];
      dy += wayOf(key)[1];
    }
    this.way = { dx: Math.sign(dx), dy: Math.sign(dy) };
  }

  #grasp({ pointerId: id, clientX: x, clientY: y }, canvas) {
    if (this.hand) return;
    document.activeElement?.blur();
    canvas.setPointerCapture(id);
    this.hand = { id, x, y, far: 0 };
  }

  #drag({ pointerId, clientX, clientY }) {
    const { hand } = this;
    if (hand?.id !== pointerId) return;
    const [dx, dy] = [clientX - hand.x, clientY - hand.y];
    hand.far = Math.max(hand.far, Math.hypot(dx, dy));
    if (hand.far < SLACK) return;
    Object.assign(hand, { x: clientX, y: clientY, far: Infinity });
    this.wishes.drag(dx, dy);
  }

  #lift({ pointerId, clientX, clientY }, lifted) {
    if (this.hand?.id !== pointerId) return;
    const { far } = this.hand;
    this.hand = null;
    if (lifted && far < SLACK) this.wishes.choose(clientX, clientY);
  }
}
