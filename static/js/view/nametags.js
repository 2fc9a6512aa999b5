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

export class NameTags {
  /** @param {import('../world/state.js').World} world @param {import('./camera.js').Camera} camera */
  constructor(world, camera) {
    this.world = world;
    this.camera = camera;
    this.contrast = matchMedia('(prefers-contrast: more)');
    this.#forget();
  }

  /** A tag goes when its body goes. */
  #forget() {
    /** @type {WeakMap<import('../world/state.js').Body, {name: string, driver: number, picture: ImageBitmap}>} */
    this.tags = new WeakMap();
    this.dpr = this.camera.dpr;
    this.strong = this.contrast.matches;
  }

  /** Draws the names of all but oneself over the finished picture. @param {import('./figures.js').Figure[]} figures */
  draw(figures) {
    const { camera } = this;
    const { canvas } = camera;
    const ctx = canvas.getContext('2d');
    if (camera.dpr !== this.dpr || this.contrast.matches !== this.strong) this.#forget();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const { body, x, y } of figures) {
      if (body.id === this.world.you) continue;
      const tag = this.of(body);
      const left = Math.round((x - camera.left) * camera.scale - tag.width / 2);
      const top = Math.round((y - HEIGHT - camera.top) * camera.scale - tag.height + GLOW * this.dpr);
      if (left > canvas.width || top > canvas.height || left < -tag.width || top < -tag.height) continue;
      ctx.drawImage(tag, left, top);
    }
  }

  /** The tag of a body in device pixels, with room for the glow around it. @returns {ImageBitmap} */
  of(body) {
    const tag = this.tags.get(body);
    if (tag && tag.name === body.name && tag.driver === body.driver) return tag.picture;
    const picture = finished(drawTag(body, this.dpr, this.strong ? P.ink : 'rgba(31, 27, 46, 0.62)'));
    this.tags.set(body, { name: body.name, driver: body.driver, picture });
    return picture;
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
