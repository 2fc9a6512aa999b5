// Day and night. By day nothing is done; otherwise a small map of light (one pixel for four) is filled with the colour of
// the hour, lamps and people are added to it, and the whole is multiplied over the picture.

import { finished, sheet } from '../art/pixels.js';
import { FALL, LightMap } from './lightmap.js';

const COARSE = 4; // art pixels for one pixel of the map
const DISC = 64;

/** The colour of the hour: [hour, red, green, blue]. */
const HOURS = [
  [0, 70, 84, 150], [4.6, 70, 84, 150], [5.6, 136, 116, 160], [6.4, 236, 178, 150], [7.4, 255, 240, 222], [9, 255, 255, 255],
  [16.5, 255, 255, 255], [18, 255, 232, 196], [19.2, 240, 164, 128], [20.2, 146, 114, 162], [21.4, 74, 86, 152], [24, 70, 84, 150],
];

/** Writes the light of a time of day (0 to 65535, 32768 is noon) into `out`, three numbers up to 255. */
export function daylight(day, out) {
  const hour = (day / 65536) * 24;
  let i = 1;
  while (HOURS[i][0] < hour) i++;
  const [from, to] = [HOURS[i - 1], HOURS[i]];
  const part = (hour - from[0]) / (to[0] - from[0]);
  for (let c = 0; c < 3; c++) out[c] = Math.round(from[c + 1] + (to[c + 1] - from[c + 1]) * part);
  return out;
}

export class Light {
  constructor() {
    this.map = new LightMap();
    this.picture = sheet(1, 1);
    this.image = this.picture.createImageData(1, 1);
    this.colour = [255, 255, 255];
    // Added to the blue of the night, so each is weakest in blue: their middle comes out warm, not white.
    this.warm = kind(205, 152, 52);
    this.soft = kind(118, 106, 62);
    this.cool = kind(58, 138, 92);
    this.mystic = kind(128, 70, 110);
  }

  /** @returns {boolean} whether there is anything to darken at this hour */
  begin(day, viewWidth, viewHeight) {
    daylight(day, this.colour);
    const [r, g, b] = this.colour;
    this.dark = 1 - Math.min(1, (r + g + b) / 765);
    if (this.dark < 0.01) return false;
    this.map.begin(Math.ceil(viewWidth / COARSE) + 2, Math.ceil(viewHeight / COARSE) + 2);
    return true;
  }

  /** Adds a light at x, y (art pixels in the view) that reaches so many art pixels. */
  add({ colour }, x, y, reach, strength = 1) {
    this.map.add(colour, x / COARSE, y / COARSE, reach / COARSE, Math.min(1, strength * Math.min(1, this.dark * 1.7)));
  }

  /** A glow around a lamp itself, laid over the picture after the dark. @param {CanvasRenderingContext2D} ctx in art pixels */
  glow(ctx, { disc }, x, y, radius, strength) {
    ctx.globalCompositeOperation = 'lighter';
    ctx.globalAlpha = strength * Math.min(1, this.dark * 1.7);
    ctx.drawImage(disc, x - radius, y - radius, radius * 2, radius * 2);
    ctx.globalAlpha = 1;
    ctx.globalCompositeOperation = 'source-over';
  }

  /** Multiplies the map over the picture. @param {CanvasRenderingContext2D} ctx in device pixels */
  lay(ctx, scale, offsetX, offsetY) {
    const { width, height } = this.map;
    const { canvas } = this.picture;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      this.image = this.picture.createImageData(width, height);
    }
    this.map.write(this.image.data, this.colour);
    this.picture.putImageData(this.image, 0, 0);
    ctx.globalCompositeOperation = 'multiply';
    ctx.imageSmoothingEnabled = true;
    ctx.drawImage(canvas, offsetX, offsetY, width * COARSE * scale, height * COARSE * scale);
    ctx.imageSmoothingEnabled = false;
    ctx.globalCompositeOperation = 'source-over';
  }
}

/** A kind of light: its colour for the map, and a soft disc of it for glows. */
function kind(r, g, b) {
  const ctx = sheet(DISC, DISC);
  const half = DISC / 2;
  const gradient = ctx.createRadialGradient(half, half, 0, half, half, half);
  for (const [at, alpha] of FALL) gradient.addColorStop(at, `rgba(${r}, ${g}, ${b}, ${alpha})`);
  ctx.fillStyle = gradient;
  ctx.fillRect(0, 0, DISC, DISC);
  return { colour: [r, g, b], disc: finished(ctx.canvas) };
}
