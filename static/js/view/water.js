// Moving water: one square of waves that repeats, in four phases, laid under the open places of the ground.

import { P, channels } from '../art/palette.js';
import { paint, sheet } from '../art/pixels.js';

const SIDE = 96;
const PHASES = 4;
const PHASE_MS = 420;

export class Water {
  constructor() {
    this.patterns = [];
    for (let phase = 0; phase < PHASES; phase++) {
      const ctx = sheet(SIDE, SIDE);
      const [base, dark, light] = [P.water, P.deep, P.waterLight].map(channels);
      const tone = base.map((value, i) => Math.round(value * 0.72 + dark[i] * 0.28));
      paint(ctx, 0, 0, SIDE, SIDE, (x, y) => waterAt(x, y, phase, tone, base, light));
      this.patterns.push(ctx.createPattern(ctx.canvas, 'repeat'));
    }
  }

  /** Fills the view (art pixels; its upper left corner is at world pixel left, top). */
  fill(ctx, left, top, width, height, now, still) {
    const phase = still ? 0 : Math.floor(now / PHASE_MS) % PHASES;
    const [dx, dy] = [((left % SIDE) + SIDE) % SIDE, ((top % SIDE) + SIDE) % SIDE];
    ctx.save();
    ctx.translate(-dx, -dy);
    ctx.fillStyle = this.patterns[phase];
    ctx.fillRect(dx, dy, width, height);
    ctx.restore();
  }
}

/** Short crests in rows, each row shifted by its own amount; a crest grows and wanes over the phases. */
function waterAt(x, y, phase, tone, base, light) {
  const row = Math.floor(y / 6);
  const within = y % 6;
  const shift = (row * 37) % SIDE;
  const period = 32;
  const along = (x + shift + (row % 2 ? phase : -phase) * 2 + SIDE) % period;
  const length = [5, 8, 6, 3][(phase + row) % 4];
  const isCrest = within === 2 && along < length && (row * 7 + Math.floor((x + shift) / period)) % 3 !== 0;
  if (isCrest) return light;
  if (within === 3 && along > 1 && along < length + 2) return base;
  const swell = Math.sin((x / SIDE) * Math.PI * 6 + Math.sin((y / SIDE) * Math.PI * 4 + phase * 1.57)) +
    Math.sin((y / SIDE) * Math.PI * 8 + phase * 1.57);
  return swell > 1.1 ? base : tone;
}
