// Names over bodies, as part of the picture: two hundred elements of the page that move cost more than all that is drawn.

import { AGENT_COLOUR, P } from '../art/palette.js';
import { HEIGHT } from '../art/people.js';
import { finished, sheet } from '../art/pixels.js';
import { directionOf } from '../page/lang.js';
import { AGENT, ASLEEP } from '../world/state.js';

// CSS pixels
export const TAG_HEIGHT = 18;
const FONT = 12.5;
const PADDING = 7;
const ROUND = 7;
const MARK = 9; // side of the agent's sign
const MARK_SPACE = 18; // that it takes beside the name
const GLOW = 6;
const ROW = TAG_HEIGHT + 1; // from a name to the one that stands over it
const MOST = 6; // names over each other: who has no room even there is named faintly, beneath the others
const FAINT = 0.3;

/**
 * @typedef {{name: string, driver: number, picture: ImageBitmap, left: number, right: number, top: number, lift: number, hops: number}} Tag
 *   in device pixels; `right`: where the next may begin; `lift`: by how much it stands higher than right over the head, `hops`: over how many other names
 */

export class NameTags {
  /** @param {import('../world/state.js').World} world @param {import('./camera.js').Camera} camera */
  constructor(world, camera) {
    this.world = world;
    this.camera = camera;
    this.contrast = matchMedia('(prefers-contrast: more)');
    /** @type {Tag[]} */
    this.inView = [];
    this.#forget();
  }

  /** A tag goes when its body goes. */
  #forget() {
    /** @type {WeakMap<import('../world/state.js').Body, Tag>} */
    this.tags = new WeakMap();
    this.dpr = this.camera.dpr;
    this.strong = this.contrast.matches;
  }

  /** Draws the names of all but oneself over the finished picture. @param {import('./figures.js').Figure[]} figures */
  draw(figures) {
    const { camera, inView } = this;
    const { canvas } = camera;
    const ctx = canvas.getContext('2d');
    if (camera.dpr !== this.dpr || this.contrast.matches !== this.strong) this.#forget();
    inView.length = 0;
    for (let i = figures.length - 1; i >= 0; i--) { // who is in front comes first
      const { body, x, y } = figures[i];
      if (body.id === this.world.you) continue;
      const tag = this.#tag(body);
      const { width, height } = tag.picture;
      tag.left = Math.round((x - camera.left) * camera.scale - width / 2);
      tag.top = Math.round((y - HEIGHT - camera.top) * camera.scale - height + GLOW * this.dpr);
      if (tag.left > canvas.width || tag.top > canvas.height || tag.left < -width || tag.top < -height) continue;
      tag.right = tag.left + width - 2 * GLOW * this.dpr;
      inView.push(tag);
    }
    this.#spread();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = FAINT;
    for (const tag of inView) if (tag.hops > MOST) ctx.drawImage(tag.picture, tag.left, tag.top);
    ctx.globalAlpha = 1;
    for (const tag of inView) if (tag.hops <= MOST) ctx.drawImage(tag.picture, tag.left, tag.top);
  }

  /**
   * Lifts names that would lie over others. Those that stood higher in the last picture give way to those that did not, or
   * the names of two who walk side by side would change places whenever the other one is in front.
   */
  #spread() {
    this.inView.sort((a, b) => a.hops - b.hops);
    for (const tag of this.inView) {
      const { top } = tag;
      tag.hops = 0;
      for (let other = this.#under(tag); other && tag.hops <= MOST; other = this.#under(tag)) {
        tag.top = other.top - ROW * this.dpr;
        tag.hops++;
      }
      if (tag.hops > MOST) tag.top = top;
      tag.lift = top - tag.top;
    }
  }

  /** A name that has its place already, where this one is. @returns {Tag | null} */
  #under(tag) {
    const row = ROW * this.dpr;
    for (const other of this.inView) {
      if (other === tag) return null;
      if (other.hops <= MOST && Math.abs(other.top - tag.top) < row && other.left < tag.right && tag.left < other.right) return other;
    }
    return null;
  }

  /** The name of a body in device pixels, with room for the glow around it. @returns {ImageBitmap} */
  of(body) {
    return this.#tag(body).picture;
  }

  /** By how many CSS pixels the name of a body stands higher than right over its head. */
  liftOf(body) {
    return (this.tags.get(body)?.lift ?? 0) / this.dpr;
  }

  #tag(body) {
    const tag = this.tags.get(body) ?? { left: 0, right: 0, top: 0, lift: 0, hops: 0 };
    if (tag.name === body.name && tag.driver === body.driver) return tag;
    const picture = finished(drawTag(body, this.dpr, this.strong ? P.ink : 'rgba(31, 27, 46, 0.62)'));
    this.tags.set(body, Object.assign(tag, { name: body.name, driver: body.driver, picture }));
    return tag;
  }
}

function drawTag({ name, driver }, dpr, background) {
  const ctx = sheet(1, 1);
  const font = `${driver === ASLEEP ? 400 : 600} ${FONT * dpr}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.font = font;
  const words = ctx.measureText(name).width / dpr;
  const marked = driver === AGENT ? MARK_SPACE : 0;
  const width = Math.ceil(words) + marked + PADDING * 2;
  ctx.canvas.width = (width + GLOW * 2) * dpr; // also sets every state back
  ctx.canvas.height = (TAG_HEIGHT + GLOW * 2) * dpr;
  ctx.scale(dpr, dpr);
  ctx.translate(GLOW, GLOW);
  if (driver === ASLEEP) ctx.globalAlpha = 0.7;
  ctx.fillStyle = background;
  ctx.beginPath();
  ctx.roundRect(0, 0, width, TAG_HEIGHT, ROUND);
  ctx.fill();
  const mirrored = document.documentElement.dir === 'rtl'; // the sign stands after the name
  drawName(ctx, name, PADDING + (mirrored ? marked : 0), font, dpr);
  if (marked) drawMark(ctx, mirrored ? PADDING + MARK_SPACE / 2 - 2.5 : width - PADDING - MARK_SPACE / 2 + 2.5, dpr);
  return ctx.canvas;
}

function drawName(ctx, name, x, font, dpr) {
  ctx.save();
  ctx.scale(1 / dpr, 1 / dpr); // the font is measured in device pixels
  ctx.font = font;
  ctx.direction = directionOf(name);
  ctx.textAlign = 'left';
  ctx.fillStyle = P.paper;
  ctx.shadowColor = 'rgba(0, 0, 0, 0.5)';
  ctx.shadowOffsetY = dpr;
  const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = ctx.measureText(name);
  ctx.fillText(name, x * dpr, (TAG_HEIGHT * dpr + above - below) / 2);
  ctx.restore();
}

function drawMark(ctx, x, dpr) {
  ctx.translate(x, TAG_HEIGHT / 2);
  ctx.rotate(Math.PI / 4);
  ctx.shadowColor = AGENT_COLOUR;
  ctx.shadowBlur = GLOW * dpr;
  ctx.fillStyle = AGENT_COLOUR;
  ctx.beginPath();
  ctx.roundRect(-MARK / 2, -MARK / 2, MARK, MARK, 2);
  ctx.fill();
}
