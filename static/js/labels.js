// Names and speech bubbles over bodies: real text in the page, moved along with the picture.

import { agentMark, byId, el } from './dom.js';
import { HEIGHT } from './art/people.js';
import { AGENT, ASLEEP } from './state.js';

const SHORTEST = 3500; // ms a bubble stays
const PER_CHARACTER = 55;
const LONGEST = 12000;
const SHOWN = 140; // characters

export class Labels {
  /** @param {import('./state.js').World} world @param {import('./camera.js').Camera} camera */
  constructor(world, camera) {
    this.world = world;
    this.camera = camera;
    this.layer = byId('labels');
    /** @type {Map<number, {node: HTMLElement, bubble: HTMLElement | null, until: number, key: string, x: number, y: number, seen: number}>} */
    this.labels = new Map();
    this.frame = 0;
  }

  /** Lets the body of `sender` say something visibly. */
  say(sender, text, isPrivate, now) {
    const label = this.labels.get(sender);
    if (!label) return;
    label.bubble?.remove();
    const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    label.bubble = el('p', { class: isPrivate ? 'bubble whisper' : 'bubble', dir: 'auto', textContent: short });
    label.until = now + Math.min(LONGEST, SHORTEST + text.length * PER_CHARACTER);
    label.node.prepend(label.bubble);
  }

  /** @param {import('./figures.js').Figure[]} figures */
  update(figures, now) {
    this.frame++;
    for (const figure of figures) {
      const at = this.camera.toWindow(figure.x, figure.y - HEIGHT);
      if (at.x < -80 || at.y < -20 || at.x > innerWidth + 80 || at.y > innerHeight + 80) continue;
      this.#place(figure.body, Math.round(at.x), Math.round(at.y), now);
    }
    for (const [id, label] of this.labels) {
      if (label.seen === this.frame) continue;
      label.node.remove();
      this.labels.delete(id);
    }
  }

  #place(body, x, y, now) {
    let label = this.labels.get(body.id);
    if (!label) {
      label = { node: el('div', { class: 'label' }), bubble: null, until: 0, key: '', x: NaN, y: NaN, seen: 0 };
      this.labels.set(body.id, label);
      this.layer.append(label.node);
    }
    label.seen = this.frame;
    const key = `${body.name} ${body.driver}`;
    if (label.key !== key) this.#name(label, body, key);
    if (label.bubble && now > label.until) {
      label.bubble.remove();
      label.bubble = null;
    }
    if (label.x === x && label.y === y) return;
    label.x = x;
    label.y = y;
    label.node.style.transform = `translate(${x}px, ${y}px) translate(-50%, -100%)`;
  }

  #name(label, body, key) {
    label.key = key;
    label.node.querySelector('.name-tag')?.remove();
    const own = body.id === this.world.you;
    const tag = el('span', { class: own ? 'name-tag own' : 'name-tag', dir: 'auto' }, el('bdi', { textContent: body.name }));
    if (body.driver === AGENT) tag.append(agentMark(body.name));
    if (body.driver === ASLEEP) tag.classList.add('asleep');
    label.node.append(tag);
  }
}
