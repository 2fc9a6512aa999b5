// What floats over bodies: names, drawn into the picture, and speech bubbles, which are text of the page and move along.

import { byId, el } from '../page/dom.js';
import { HEIGHT } from '../art/people.js';
import { NameTags, TAG_HEIGHT } from './nametags.js';

const SHORTEST = 3500; // ms a bubble stays
const PER_CHARACTER = 55;
const LONGEST = 12000;
const SHOWN = 140; // characters
const GAP = 4; // CSS pixels between a bubble and the name under it
const MARGIN = 6; // CSS pixels between a bubble and the side of the window

export class Labels {
  /** @param {import('../world/state.js').World} world @param {import('./camera.js').Camera} camera */
  constructor(world, camera) {
    this.world = world;
    this.camera = camera;
    this.layer = byId('labels');
    this.tags = new NameTags(world, camera);
    /** @type {Map<number, {message: number, node: HTMLElement, until: number, x: number, y: number, width: number, aside: number, seen: number}>} by who speaks */
    this.bubbles = new Map();
    this.frame = 0;
    // How wide the words are is told after the frame's layout: to ask for it would have the page laid out once more.
    this.sizes = new ResizeObserver((entries) => {
      for (const { target, borderBoxSize: [{ inlineSize }] } of entries) {
        this.sizes.unobserve(target);
        for (const bubble of this.bubbles.values()) if (bubble.node === target) moveAside(bubble, inlineSize);
      }
    });
  }

  /** Lets the body of a message's sender say it visibly. @param {{id: number, sender: number, text: string}} message */
  say({ id, sender, text }, isPrivate, now) {
    if (!this.world.bodies.has(sender)) return;
    this.bubbles.get(sender)?.node.remove();
    const signs = [...text];
    const short = signs.length > SHOWN ? `${signs.slice(0, SHOWN).join('')}…` : text;
    const words = el('p', { class: isPrivate ? 'bubble whisper' : 'bubble', dir: 'auto', textContent: short });
    const until = now + Math.min(LONGEST, SHORTEST + text.length * PER_CHARACTER);
    this.bubbles.set(sender, { message: id, node: el('div', { class: 'label' }, words), until, x: NaN, y: NaN, width: 0, aside: 0, seen: this.frame });
  }

  /** What is no longer to be read goes at once. @param {number[]} messages their ids */
  hush(messages) {
    for (const bubble of this.bubbles.values()) if (messages.includes(bubble.message)) bubble.until = 0;
  }

  /** Called once the picture is drawn. @param {import('./figures.js').Figure[]} figures */
  update(figures, now) {
    this.tags.draw(figures);
    if (this.bubbles.size === 0) return;
    this.frame++;
    for (const { body, x, y } of figures) {
      const bubble = this.bubbles.get(body.id);
      if (!bubble) continue;
      const at = this.camera.toWindow(x, y - HEIGHT);
      if (at.x < -80 || at.y < -20 || at.x > innerWidth + 80 || at.y > innerHeight + 80) continue;
      if (body.id !== this.world.you) at.y -= TAG_HEIGHT + GAP + this.tags.liftOf(body);
      this.#place(bubble, Math.round(at.x), Math.round(at.y));
    }
    for (const [id, { node, until, seen }] of this.bubbles) {
      if (seen === this.frame && now < until) continue;
      node.remove();
      this.bubbles.delete(id);
    }
  }

  #place(bubble, x, y) {
    bubble.seen = this.frame;
    if (!bubble.node.isConnected) {
      this.layer.append(bubble.node);
      this.sizes.observe(bubble.node, { box: 'border-box' });
    }
    if (bubble.x === x && bubble.y === y) return;
    bubble.x = x;
    bubble.y = y;
    bubble.node.style.transform = `translate(${x}px, ${y}px)`;
    moveAside(bubble, bubble.width);
  }
}

/** Words of this width (CSS pixels) go aside to be read in whole, where their speaker is close to the side of the window. */
function moveAside(bubble, width) {
  bubble.width = width;
  const aside = asideOf(bubble.x, width);
  if (aside === bubble.aside) return;
  bubble.aside = aside;
  bubble.node.style.setProperty('--aside', `${aside}px`);
}

/** How far aside words of this width (CSS pixels) go that else stand over x, so that none is cut off by the side of the window. */
export function asideOf(x, width) {
  const [left, right] = [x - width / 2, x + width / 2];
  return Math.round(Math.max(0, MARGIN - left) - Math.max(0, right - (innerWidth - MARGIN)));
}
