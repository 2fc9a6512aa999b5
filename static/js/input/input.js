// Keys and mouse. What they mean is decided by `actions`, and which key means what by keys.js.

import { byId } from '../page/dom.js';
import { actionOf, slotOf, wayOf } from './keys.js';

const LEFT = 0;
const RIGHT = 2;
/** What a key does once, where that is not called as in the table of keys. */
const ONCE = {
  place: (actions) => actions.useOrPlaceAhead(), home: (actions) => actions.goHome(),
  closer: (actions) => actions.zoom(1), further: (actions) => actions.zoom(-1),
};
const PRESSES = new Set(['Enter', 'Space', 'NumpadEnter']); // a button or link that has the focus

/**
 * @typedef {{paintHere: (clientX: number, clientY: number) => void, strokeHere: (clientX: number, clientY: number) => void, paints: () => boolean, usable: (clientX: number, clientY: number) => boolean, digHere: (clientX: number, clientY: number) => void, digAhead: () => void, stopDigging: () => void,
 *   useHere: (clientX: number, clientY: number) => void, useOrPlaceHere: (clientX: number, clientY: number) => void, useOrPlaceAhead: () => void, point: (x: number, y: number) => void,
 *   unpoint: () => void, select: (slot: number) => void, turnSlot: (by: number) => void, talk: () => void, zoom: (by: number) => void,
 *   bag: () => void, map: () => void, drive: () => void, goHome: () => void, people: () => void, land: () => void, journal: () => void, colours: () => void, agent: () => void, closePanel: () => void, walkStarted: () => void, open: (x: number, y: number) => boolean, walkTo: (clientX: number, clientY: number) => boolean}} Actions
 */

export class Input {
  /** @param {HTMLCanvasElement} canvas @param {Actions} actions */
  constructor(canvas, actions) {
    this.actions = actions;
    this.keys = new Set();
    this.stick = { dx: 0, dy: 0 }; // set by touch.js
    addEventListener('keydown', (event) => this.#down(event));
    addEventListener('keyup', (event) => this.#up(event));
    addEventListener('blur', () => this.#release());
    canvas.addEventListener('pointerdown', (event) => this.#press(event, canvas));
    canvas.addEventListener('pointermove', (event) => event.pointerType === 'mouse' && this.#moved(event));
    canvas.addEventListener('pointerup', (event) => event.pointerType === 'mouse' && this.#lift());
    canvas.addEventListener('pointerleave', () => {
      this.pointing = false;
      actions.unpoint();
    });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    // A button that was clicked by hand lets go of the focus, or Space and Enter would press it again; not one that waits for a key.
    document.addEventListener('click', (event) => event.detail > 0 && event.target.closest?.('#hud button:not(.waits)')?.blur());
    this.digging = null; // 'mouse' | 'key'
    this.painting = false; // with the mouse
    this.mouse = { x: 0, y: 0 };
    this.pointing = false; // whether the mouse is over the world, which moves under it
  }

  /** Which way the player wants to walk now: dx, dy of −1, 0 or 1. */
  direction(out) {
    let [dx, dy] = [this.stick.dx, this.stick.dy];
    for (const key of this.keys) {
      const way = wayOf(key);
      if (!way) continue;
      dx += way[0];
      dy += way[1];
    }
    out.dx = Math.sign(dx);
    out.dy = Math.sign(dy);
    return out;
  }

  /** Called once a frame: what is held down goes on. */
  update() {
    if (this.painting) this.actions.paintHere(this.mouse.x, this.mouse.y);
    else if (this.digging === 'mouse') this.actions.digHere(this.mouse.x, this.mouse.y);
    else if (this.digging === 'key') this.actions.digAhead();
    else if (this.pointing) this.actions.point(this.mouse.x, this.mouse.y);
  }

  #down(event) {
    if (byId('hud').hidden || isNoCommand(event)) return; // who is not in the world has no hands in it
    const { code, repeat } = event;
    if (PRESSES.has(code) && event.target.closest?.('button, a, summary')) return;
    const action = actionOf(code);
    if (wayOf(code)) {
      event.preventDefault();
      this.keys.add(code);
      this.actions.walkStarted();
    } else if (repeat) return;
    else if (slotOf(code) !== undefined) this.actions.select(slotOf(code));
    else if (code === 'Escape') this.actions.closePanel();
    else if (action) {
      event.preventDefault(); // Space would scroll, and what begins to write must not write itself
      this.#begin(action);
    }
  }

  #begin(action) {
    if (action === 'dig') {
      this.digging = 'key';
      this.actions.digAhead(true);
    } else if (ONCE[action]) ONCE[action](this.actions);
    else this.actions[action]();
  }

  #up({ code }) {
    this.keys.delete(code);
    if (actionOf(code) === 'dig' && this.digging === 'key') this.#stopDigging();
  }

  #press(event, canvas) {
    document.activeElement?.blur();
    if (event.pointerType !== 'mouse') return;
    canvas.setPointerCapture(event.pointerId);
    this.#moved(event);
    if (event.button === RIGHT) {
      this.painting = this.actions.paints() && !this.actions.usable(event.clientX, event.clientY);
      this.actions.useOrPlaceHere(event.clientX, event.clientY);
    } else if (event.button === LEFT && !this.actions.open(event.clientX, event.clientY) && !this.actions.walkTo(event.clientX, event.clientY)) {
      this.digging = 'mouse';
      this.actions.digHere(event.clientX, event.clientY, true);
    }
  }

  #moved({ clientX, clientY }) {
    this.mouse.x = clientX;
    this.mouse.y = clientY;
    this.pointing = true;
    this.actions.point(clientX, clientY);
  }

  #lift() {
    this.painting = false;
    if (this.digging === 'mouse') this.#stopDigging();
  }

  #stopDigging() {
    this.digging = null;
    this.actions.stopDigging();
  }

  #release() {
    this.keys.clear();
    this.painting = false;
    if (this.digging) this.#stopDigging();
  }

  #wheel(event) {
    event.preventDefault();
    if (!event.deltaY) return; // it is pushed sideways
    if (event.ctrlKey) this.actions.zoom(-Math.sign(event.deltaY));
    else this.actions.turnSlot(Math.sign(event.deltaY));
  }
}

/** Whether a key writes into a field, or asks something of the browser. */
export function isNoCommand({ target, ctrlKey, metaKey, altKey }) {
  return isField(target) || ctrlKey || metaKey || altKey;
}

function isField(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
