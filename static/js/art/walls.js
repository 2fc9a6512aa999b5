// Solid blocks to build with: a top and a front, so that they stand up from the ground.

import { P, channels, mix } from './palette.js';
import { finished, hash, noise, paint, rect, sheet } from './pixels.js';
import { TILE } from './ground.js';

export const RISE = 10; // pixels that a wall stands higher than the ground
export const CELL = TILE + RISE; // its top begins RISE above its tile
const VARIANTS = 4;
const STONE = [P.pebble, mix(P.pebble, P.stone, 0.6), mix(P.pebble, P.mist, 0.5)];

/** How each wall looks: tones (base, dark, light) and the pattern of its top and its front. */
const KINDS = {
  stone: { tones: STONE, top: rough, front: rough },
  'mossy stone': { tones: STONE, top: mossy, front: mossy },
  sandstone: { tones: [mix(P.sandDark, P.sand, 0.35), mix(P.clay, P.sandDark, 0.5), P.cream], top: rough, front: layers },
  wood: { tones: [mix(P.clay, P.soil, 0.4), P.soil, P.wood], top: rings, front: bark },
  planks: { tones: [P.wood, P.clay, mix(P.wood, P.sand, 0.5)], top: boards, front: boards },
  brick: { tones: [mix(P.red, P.clay, 0.45), mix(P.red, P.soilDark, 0.55), mix(P.pink, P.clay, 0.3)], top: bricks, front: bricks },
  'red planks': { tones: painted(P.red), top: boards, front: boards },
  'white planks': { tones: painted(P.paper), top: boards, front: boards },
  'blue planks': { tones: painted(mix(P.water, P.violet, 0.35)), top: boards, front: boards },
  thatch: { tones: [mix(P.sandDark, P.gold, 0.3), mix(P.clay, P.sandDark, 0.5), mix(P.sand, P.gold, 0.3)], top: straw, front: straw },
  'stone tiles': { tones: [mix(P.pebble, P.mist, 0.35), P.stone, P.mist], top: slabs, front: bricks },
  'copper plate': { tones: [mix(P.orange, P.clay, 0.4), mix(P.orange, P.soil, 0.6), mix(P.orange, P.cream, 0.45)], top: plates, front: plates },
  'gilded stone': { tones: [P.gold, mix(P.orange, P.gold, 0.3), P.cream], top: gilded, front: gilded },
  workbench: { tones: [P.wood, P.clay, mix(P.wood, P.sand, 0.5)], top: benchTop, front: benchFront },
  door: { tones: [P.wood, P.soil, P.sandDark], top: doorTop, front: doorFront },
  furnace: { tones: [P.stone, P.slate, P.pebble], top: rough, front: mouth },
  'coal ore': { tones: STONE, top: ore(P.ink, P.slate), front: ore(P.ink, P.slate) },
  'copper ore': { tones: STONE, top: ore(P.orange, P.gold), front: ore(P.orange, P.gold) },
  'iron ore': { tones: STONE, top: ore(P.sandDark, P.cream), front: ore(P.sandDark, P.cream) },
  'gold ore': { tones: STONE, top: ore(P.gold, P.paper), front: ore(P.gold, P.paper) },
  glass: { tones: [P.foam, P.ice, P.snow], top: pane, front: pane, clear: true },
};

export class Walls {
  /** @param {import('../world/state.js').Block[]} kinds */
  constructor(kinds) {
    this.styles = [];
    for (const kind of kinds) if (kind && KINDS[kind.name]) this.styles[kind.id] = build(KINDS[kind.name]);
  }

  is(id) {
    return this.styles[id] !== undefined;
  }

  /** Draws one wall into the TILE × CELL pixels at px, py. `north`, `east`, `south`, `west`: a wall stands there. */
  draw(ctx, px, py, tx, ty, id, { north, east, south, west }) {
    const { canvas, clear } = this.styles[id];
    const v = Math.floor(hash(tx, ty, 8) * VARIANTS);
    if (clear) ctx.globalAlpha = 0.72;
    ctx.drawImage(canvas, v * TILE, 0, TILE, CELL, px, py, TILE, CELL);
    ctx.globalAlpha = 1;
    // Lit from the upper left; a dark line where the wall ends.
    const line = 'rgba(31, 27, 46, 0.55)';
    if (!north) {
      rect(ctx, px, py, TILE, 1, line);
      rect(ctx, px, py + 1, TILE, 1, 'rgba(255, 250, 235, 0.32)');
    }
    const sideHeight = south ? TILE : CELL;
    if (!west) {
      rect(ctx, px, py, 1, sideHeight, line);
      rect(ctx, px + 1, py + 1, 1, TILE - 1, 'rgba(255, 250, 235, 0.2)');
    }
    if (!east) rect(ctx, px + TILE - 1, py, 1, sideHeight, line);
    if (!south) {
      rect(ctx, px, py + TILE - 1, TILE, 1, 'rgba(255, 250, 235, 0.22)');
      rect(ctx, px, py + TILE, TILE, 1, 'rgba(31, 27, 46, 0.4)');
      rect(ctx, px, py + CELL - 3, TILE, 3, 'rgba(31, 27, 46, 0.22)');
      rect(ctx, px, py + CELL - 1, TILE, 1, line);
    }
  }
}

function build({ tones, top, front, clear = false }) {
  const [base, dark, light] = tones.map(channels);
  const below = [mix(tones[0], P.night, 0.34), mix(tones[1], P.night, 0.4), mix(tones[2], P.night, 0.38)].map(channels);
  const ctx = sheet(TILE * VARIANTS, CELL);
  for (let v = 0; v < VARIANTS; v++) {
    paint(ctx, v * TILE, 0, TILE, TILE, (x, y) => top(x, y, v, base, dark, light));
    paint(ctx, v * TILE, TILE, TILE, RISE, (x, y) => front(x, y, v + 5, ...below));
  }
  return { canvas: finished(ctx.canvas), clear };
}

function rough(x, y, v, base, dark, light) {
  const inner = x > 0 && y > 0 && x < TILE - 1;
  const n = noise(x, y, 4.5, v + 100);
  if (inner && Math.abs(n - 0.5) < 0.03) return dark;
  if (inner && n > 0.76) return light;
  return hash(x, y, v) < 0.04 ? dark : base;
}

function mossy(x, y, v, base, dark, light) {
  if (noise(x, y, 4, v + 120) > 0.5) return channels(hash(x, y, v) < 0.3 ? P.grassLight : P.grass);
  return rough(x, y, v, base, dark, light);
}

function layers(x, y, v, base, dark, light) {
  if (y % 5 === 4) return dark;
  if (y % 5 === 0) return light;
  return hash(x, y, v) < 0.07 ? dark : base;
}

function rings(x, y, v, base, dark, light) {
  const r = Math.hypot(x - 7.5, y - 7.5);
  if (r > 7.6) return dark;
  return Math.floor(r + noise(x, y, 4, v)) % 3 === 0 ? base : light;
}

function bark(x, y, v, base, dark, light) {
  const stripe = hash(x, Math.floor((y + x * 3) / 6), v);
  return stripe < 0.3 ? dark : stripe > 0.85 ? light : base;
}

function boards(x, y, v, base, dark, light) {
  const row = Math.floor(y / 5);
  if (y % 5 === 4) return dark;
  if (x === (row * 7 + v * 5) % TILE) return dark;
  if (y % 5 === 0) return light;
  return hash(Math.floor(x / 3), y, v + row) < 0.1 ? dark : base;
}

function bricks(x, y, v, base, dark, light) {
  const row = Math.floor(y / 4);
  if (y % 4 === 3 || (x + (row % 2) * 4) % 8 === 7) return dark;
  if (y % 4 === 0) return hash(Math.floor((x + (row % 2) * 4) / 8), row, v) < 0.4 ? light : base;
  return base;
}

function painted(colour) {
  return [mix(colour, P.wood, 0.2), mix(colour, P.soilDark, 0.4), mix(colour, P.cream, 0.35)];
}

function straw(x, y, v, base, dark, light) {
  if (y % 6 === 5) return dark;
  const stalk = hash(x, Math.floor(y / 6), v + 11);
  return stalk < 0.25 ? dark : stalk > 0.65 ? light : base;
}

function slabs(x, y, v, base, dark, light) {
  if (x % 8 === 7 || y % 8 === 7) return dark;
  if (x % 8 === 0 || y % 8 === 0) return light;
  return hash(x, y, v) < 0.03 ? light : base;
}

function plates(x, y, v, base, dark, light) {
  if (y % 8 === 7 || x === TILE - 1) return dark;
  if (y % 8 === 0) return light;
  const rivet = (x === 2 || x === TILE - 4) && y % 8 === 3;
  return rivet ? light : hash(x, Math.floor(y / 2), v) < 0.05 ? dark : base;
}

function gilded(x, y, v, base, dark, light) {
  const border = x < 2 || y < 2 || x > TILE - 3 || y > TILE - 3;
  if (border) return x === 0 || y === 0 ? light : base;
  const step = Math.abs(x - 7.5) + Math.abs(y - 7.5);
  return step < 4 ? (step < 2 ? light : base) : channels(hash(x, y, v) < 0.08 ? P.pebble : P.stone);
}

/** Boards with a frame, a hammer and a ruler on them. */
function benchTop(x, y, v, base, dark, light) {
  if (x < 2 || y < 2 || x > TILE - 3 || y > TILE - 3) return x === 0 || y === 0 ? light : dark;
  if (x > 3 && x < 9 && y > 3 && y < 6) return channels(P.pebble);
  if (x > 5 && x < 7 && y > 5 && y < 12) return channels(P.soil);
  if (x > 10 && x < 13 && y > 3 && y < 13) return channels(y % 3 ? P.cream : P.sandDark);
  return y % 5 === 4 ? dark : base;
}

function benchFront(x, y, v, base, dark, light) {
  if (x < 3 || x > TILE - 4) return x === 0 || x === TILE - 3 ? light : base;
  if (y < 3) return y === 0 ? light : base;
  return y === 3 || x === 7 || x === 8 ? channels(P.soilDark) : dark;
}

/** A leaf in a frame, with two bands of iron: from above it must not be taken for a wall of planks. */
function doorTop(x, y, v, base, dark, light) {
  if (x < 2 || x > TILE - 3 || y < 2 || y > TILE - 3) return dark;
  if (y === 4 || y === TILE - 5) return channels(P.slate);
  if (x === 7 || x === 8) return dark;
  return x === 2 || x === 9 ? light : base;
}

function doorFront(x, y, v, base, dark, light) {
  if (x < 2 || x > TILE - 3) return dark;
  if (x === TILE - 5 && y > 3 && y < 6) return channels(P.gold);
  if (y === 1 || y === RISE - 3) return channels(P.slate);
  return x === 7 || x === 8 ? dark : x === 2 || x === 9 ? light : base;
}

/** The mouth of the furnace, with embers in it. */
function mouth(x, y, v, base, dark, light) {
  const inside = x > 3 && x < TILE - 4 && y > 2;
  if (!inside) return rough(x, y, v, base, dark, light);
  if (y === 3 || x === 4 || x === TILE - 5) return channels(P.ink);
  if (y > 7) return channels(hash(x, y, 4) < 0.5 ? P.gold : P.orange);
  return y > 5 && hash(x, y, 5) < 0.4 ? channels(P.orange) : channels(P.night);
}

function ore(colour, glint) {
  const [nugget, shine] = [channels(colour), channels(glint)];
  return (x, y, v, base, dark, light) => {
    const cell = hash(Math.floor(x / 4), Math.floor(y / 4), v + 30);
    const [u, w] = [x % 4, y % 4];
    if (cell < 0.4 && u < 3 && w < 3) {
      if (u === 0 && w === 0) return shine;
      return u === 2 && w === 2 ? dark : nugget;
    }
    return rough(x, y, v, base, dark, light);
  };
}

function pane(x, y, v, base, dark, light) {
  if (x === 0 || x === TILE - 1 || y === 0) return [...light, 235];
  const glint = (x + y) % 11 < 2;
  return glint ? [...light, 190] : [...base, 90];
}
