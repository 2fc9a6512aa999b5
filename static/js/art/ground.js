// Ground: four variants of each kind, and the soft edges with which the higher kind grows over the lower one.

import { P, channels, mix } from './palette.js';
import { finished, hash, noise, paint, sheet } from './pixels.js';

export const TILE = 16;
const VARIANTS = 4;
const N = 1;
const E = 2;
const S = 4;
const W = 8;

/** Base, dark and light tone of each kind, how it is textured, and its rank: the higher grows over the lower. */
const KINDS = {
  water: { rank: 0, tones: [P.water, P.deep, P.waterLight], texture: null },
  shallows: { rank: 1, tones: [P.waterLight, P.water, P.foam], texture: null },
  ice: { rank: 2, tones: [P.ice, mix(P.ice, P.waterLight, 0.5), P.snow], texture: streaks },
  mud: { rank: 3, tones: [mix(P.soil, P.pine, 0.45), mix(P.soilDark, P.pine, 0.4), mix(P.clay, P.grass, 0.4)], texture: puddles },
  clay: { rank: 4, tones: [mix(P.clay, P.pink, 0.3), P.clay, mix(P.sandDark, P.pink, 0.35)], texture: waves },
  sand: { rank: 5, tones: [P.sand, mix(P.sand, P.sandDark, 0.55), P.cream], texture: waves },
  gravel: { rank: 6, tones: [mix(P.pebble, P.sandDark, 0.3), mix(P.pebble, P.clay, 0.35), mix(P.mist, P.sandDark, 0.45)], texture: pebbles },
  rock: { rank: 7, tones: [mix(P.stone, P.pebble, 0.35), mix(P.slate, P.stone, 0.5), P.pebble], texture: cracks },
  dirt: { rank: 8, tones: [mix(P.soil, P.clay, 0.55), P.soil, P.clay], texture: pebbles },
  steppe: { rank: 9, tones: [mix(P.sandDark, P.lime, 0.5), mix(P.sandDark, P.grass, 0.5), mix(P.sand, P.lime, 0.55)], texture: blades },
  grass: { rank: 10, tones: [P.grass, mix(P.grass, P.leafDark, 0.5), P.grassLight], texture: blades },
  moss: { rank: 11, tones: [mix(P.leafDark, P.grass, 0.4), mix(P.leafDark, P.pine, 0.35), mix(P.grass, P.grassLight, 0.3)], texture: cushions },
  snow: { rank: 12, tones: [P.snow, mix(P.snow, P.snowShade, 0.55), mix(P.snow, P.paper, 0.4)], texture: drifts },
};

export class Ground {
  /** @param {import('../world/state.js').Block[]} kinds the table of blocks by id */
  constructor(kinds) {
    this.styles = [];
    this.edgeFoam = foam(sideInside);
    this.cornerFoam = foam(cornerInside);
    for (const kind of kinds) {
      if (kind && kind.layer === 0 && kind.id !== 0) this.styles[kind.id] = this.#build(kind);
    }
  }

  #build(kind) {
    const known = KINDS[kind.name];
    const tones = known?.tones ?? [kind.colour, mix(kind.colour, P.ink, 0.2), mix(kind.colour, P.paper, 0.25)];
    const [base, dark, light] = tones.map((tone) => (Array.isArray(tone) ? tone : channels(tone)));
    const texture = known ? known.texture : pebbles;
    const style = { rank: known?.rank ?? 4.5, wet: known !== undefined && texture === null, deep: kind.name === 'water' };
    const colourAt = (variant) => (x, y) => texture(x, y, variant, base, dark, light);
    if (!style.wet) {
      later(style, 'tiles', () => tiles(colourAt));
      later(style, 'edges', () => edges(colourAt(0), dark, sideInside));
      later(style, 'corners', () => edges(colourAt(0), dark, cornerInside));
    }
    return style;
  }

  /**
   * Draws the ground of one tile into the 16 × 16 pixels at px, py, and nothing outside of them. Water is left open:
   * the moving water is drawn beneath. `at(dx, dy)` gives the ground id of a neighbour (0 where unknown).
   */
  draw(ctx, px, py, tx, ty, at) {
    const own = this.styles[at(0, 0)];
    if (!own) return;
    if (own.wet) {
      ctx.clearRect(px, py, TILE, TILE);
      drawDepth(ctx, px, py, tx, ty, own, this.styles, at);
    } else {
      const variant = Math.floor(hash(tx, ty, 3) ** 1.6 * VARIANTS);
      ctx.drawImage(own.tiles, variant * TILE, 0, TILE, TILE, px, py, TILE, TILE);
    }
    this.#drawEdges(ctx, px, py, tx, ty, own, at);
  }

  /** Each higher neighbour, from the lowest of them up, grows into this tile. */
  #drawEdges(ctx, px, py, tx, ty, own, at) {
    let rank = own.rank;
    for (let guard = 0; guard < 8; guard++) {
      const next = this.#lowestAbove(rank, at);
      if (!next) break;
      rank = next.rank;
      if (next.wet) continue;
      const is = (dx, dy) => this.styles[at(dx, dy)] === next;
      const sides = (is(0, -1) ? N : 0) | (is(1, 0) ? E : 0) | (is(0, 1) ? S : 0) | (is(-1, 0) ? W : 0);
      const corners =
        (is(1, -1) && !(sides & (N | E)) ? N : 0) | (is(1, 1) && !(sides & (S | E)) ? E : 0) |
        (is(-1, 1) && !(sides & (S | W)) ? S : 0) | (is(-1, -1) && !(sides & (N | W)) ? W : 0);
      const row = hash(tx, ty, 5) < 0.5 ? 0 : TILE;
      if (own.wet && corners) ctx.drawImage(this.cornerFoam, corners * TILE, row, TILE, TILE, px, py, TILE, TILE);
      if (own.wet && sides) ctx.drawImage(this.edgeFoam, sides * TILE, row, TILE, TILE, px, py, TILE, TILE);
      if (corners) ctx.drawImage(next.corners, corners * TILE, row, TILE, TILE, px, py, TILE, TILE);
      if (sides) ctx.drawImage(next.edges, sides * TILE, row, TILE, TILE, px, py, TILE, TILE);
    }
  }

  #lowestAbove(rank, at) {
    let best = null;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const style = this.styles[at(dx, dy)];
        if (style && style.rank > rank && (!best || style.rank < best.rank)) best = style;
      }
    }
    return best;
  }
}

/** Gives `owner` a picture that is drawn when it is first asked for: few grounds are ever seen at once. */
function later(owner, name, draw) {
  Object.defineProperty(owner, name, {
    configurable: true,
    get() {
      Object.defineProperty(owner, name, { value: draw() });
      return owner[name];
    },
  });
}

function tiles(colourAt) {
  const ctx = sheet(TILE * VARIANTS, TILE);
  for (let v = 0; v < VARIANTS; v++) paint(ctx, v * TILE, 0, TILE, TILE, colourAt(v));
  return finished(ctx.canvas);
}

/** Sixteen cases in a row, two variants below each other. The rim is darker, as if it hung over. */
function edges(colourAt, dark, inside) {
  const ctx = sheet(TILE * 16, TILE * 2);
  for (let variant = 0; variant < 2; variant++) {
    for (let mask = 1; mask < 16; mask++) {
      paint(ctx, mask * TILE, variant * TILE, TILE, TILE, (x, y) => {
        if (!inside(mask, x, y, variant)) return null;
        const rim = !inside(mask, x, y + 1, variant) || !inside(mask, x + 1, y, variant) ||
          !inside(mask, x, y - 1, variant) || !inside(mask, x - 1, y, variant);
        const within = x > 0 && y > 0 && x < TILE - 1 && y < TILE - 1;
        return rim && within ? dark : colourAt(x, y);
      });
    }
  }
  return finished(ctx.canvas);
}

/** How far the neighbour grows in at a place along the edge; equal at both ends, so that edges meet. */
function reach(along, variant, seed) {
  const fromEnd = Math.min(along, TILE - 1 - along);
  return fromEnd < 2 ? 3 : 2 + noise(along, variant * 9, 3, seed) * 4;
}

function sideInside(mask, x, y, variant) {
  const last = TILE - 1;
  const near = { n: y, e: last - x, s: last - y, w: x };
  const depth = { n: reach(x, variant, 1), e: reach(y, variant, 2), s: reach(x, variant, 3) - 0.6, w: reach(y, variant, 4) };
  if (mask & N && near.n < depth.n) return true;
  if (mask & E && near.e < depth.e) return true;
  if (mask & S && near.s < depth.s) return true;
  if (mask & W && near.w < depth.w) return true;
  const round = (a, b) => a < 11 && b < 11 && (11 - a) ** 2 + (11 - b) ** 2 > 66;
  if (mask & N && mask & E && round(near.n, near.e)) return true;
  if (mask & E && mask & S && round(near.e, near.s)) return true;
  if (mask & S && mask & W && round(near.s, near.w)) return true;
  return Boolean(mask & W && mask & N && round(near.w, near.n));
}

/** Corners by the bit of the side they follow clockwise: north-east, south-east, south-west, north-west. */
function cornerInside(mask, x, y) {
  const last = TILE - 1;
  const close = (a, b) => a * a + b * b < 17;
  if (mask & N && close(last - x, y)) return true;
  if (mask & E && close(last - x, last - y)) return true;
  if (mask & S && close(x, last - y)) return true;
  return Boolean(mask & W && close(x, y));
}

const SHALLOW = [0.105, 0.21, 0.315, 0.42].map((alpha) => `rgba(${channels(P.waterLight)}, ${alpha})`);

/** Shallow water is lighter than deep water, and the border between them wanders. */
function drawDepth(ctx, px, py, tx, ty, own, styles, at) {
  const isDeep = (dx, dy) => styles[at(dx, dy)]?.deep ?? true;
  const corner = (sx, sy) => {
    let shallow = 0;
    for (const [dx, dy] of [[0, 0], [sx, 0], [0, sy], [sx, sy]]) if (!isDeep(dx, dy)) shallow++;
    return shallow / 4;
  };
  const c = [corner(-1, -1), corner(1, -1), corner(-1, 1), corner(1, 1)];
  if (c.every((value) => value === 0)) return;
  for (let y = 0; y < TILE; y += 2) {
    for (let x = 0; x < TILE; x += 2) {
      const fx = (x + 1) / TILE;
      const fy = (y + 1) / TILE;
      const level = (c[0] * (1 - fx) + c[1] * fx) * (1 - fy) + (c[2] * (1 - fx) + c[3] * fx) * fy;
      const steps = Math.round((level + (noise(tx * TILE + x, ty * TILE + y, 5, 11) - 0.5) * 0.25) * 4) / 4;
      if (steps <= 0) continue;
      ctx.fillStyle = SHALLOW[Math.min(4, steps * 4) - 1];
      ctx.fillRect(px + x, py + y, 2, 2);
    }
  }
}

/** Along the shore the water is white, and darker under the bank in the north. Cases as in `edges`. */
function foam(inside) {
  const ctx = sheet(TILE * 16, TILE * 2);
  const white = channels(P.foam);
  const bank = channels(P.deep);
  for (let variant = 0; variant < 2; variant++) {
    for (let mask = 1; mask < 16; mask++) {
      const wet = (x, y) => !inside(mask, x, y, variant);
      const near = (x, y, far) => !wet(x + far, y) || !wet(x - far, y) || !wet(x, y + far) || !wet(x, y - far);
      paint(ctx, mask * TILE, variant * TILE, TILE, TILE, (x, y) => {
        if (!wet(x, y)) return null;
        if (!wet(x, y - 1) || !wet(x, y - 2)) return [...bank, 110];
        if (near(x, y, 3)) return hash(x, y, mask) < 0.8 ? [...white, 205] : null;
        return near(x, y, 4) || near(x, y, 5) ? [...white, 60] : null;
      });
    }
  }
  return finished(ctx.canvas);
}

// Textures: the colour of one pixel of a kind of ground. Low contrast on purpose; the eye should rest here.

function blades(x, y, variant, base, dark, light) {
  for (let i = 0; i < 3 + variant * 2; i++) {
    const u = x - Math.floor(hash(i, variant, 41) * TILE);
    const v = y - Math.floor(hash(i, variant, 42) * TILE);
    if ((u === 0 || u === 2) && v === 0) return light;
    if (u === 1 && v === 1) return i % 2 ? dark : light;
  }
  const h = hash(x, y, variant);
  const patch = noise(x, y, 5, variant + 45);
  if (patch > 0.7 && h < 0.22) return light;
  if (patch < 0.3 && h < 0.2) return dark;
  return h < 0.02 ? dark : base;
}

function cushions(x, y, variant, base, dark, light) {
  const n = noise(x, y, 3.2, variant + 3);
  if (n > 0.74) return hash(x, y, variant) < 0.4 ? light : base;
  if (n < 0.24) return dark;
  return base;
}

function waves(x, y, variant, base, dark, light) {
  const wave = Math.sin((y + Math.sin((x / TILE) * Math.PI * 2) * 1.3 + variant * 2) * 1.15);
  const h = hash(x, y, variant + 20);
  if (wave > 0.93 && noise(x, y, 5, variant) > 0.55) return dark;
  if (wave < -0.95 && noise(x, y, 5, variant + 5) > 0.6) return light;
  return h < 0.012 ? dark : base;
}

function pebbles(x, y, variant, base, dark, light) {
  const stone = hash(Math.floor(x / 3), Math.floor(y / 3), variant + 9);
  if (stone < 0.09) return y % 3 === 0 ? light : x % 3 === 2 || y % 3 === 2 ? dark : base;
  return hash(x, y, variant) < 0.05 ? dark : base;
}

function cracks(x, y, variant, base, dark, light) {
  const n = noise(x, y, 4.5, variant + 60);
  if (Math.abs(n - 0.5) < 0.035 && noise(x, y, 6, variant) > 0.5) return dark;
  if (n > 0.8) return light;
  return hash(x, y, variant) < 0.03 ? dark : base;
}

function puddles(x, y, variant, base, dark, light) {
  const n = noise(x, y, 4, variant + 80);
  if (n > 0.78) return n > 0.84 && y % 3 === 0 ? light : dark;
  return hash(x, y, variant) < 0.04 ? dark : base;
}

function drifts(x, y, variant, base, dark, light) {
  const inner = x > 1 && y > 1 && x < TILE - 2 && y < TILE - 2;
  const n = noise(x, y, 4, variant + 30);
  if (inner && n > 0.8) return light;
  if (inner && n < 0.2) return dark;
  return hash(x, y, variant + 2) < 0.01 ? dark : base;
}

function streaks(x, y, variant, base, dark, light) {
  const along = (x + y + variant * 5) % 13;
  if (along === 0 && noise(x, y, 4, variant) > 0.45) return light;
  if (along === 1 && noise(x, y, 4, variant) > 0.6) return light;
  return noise(x, y, 6, variant + 14) > 0.8 ? dark : base;
}
