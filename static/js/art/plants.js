// What grows: trees, bushes, flowers. Each kind is drawn a few times with different seeds; small ones also bent, to sway.

import { P, mix } from './palette.js';
import { blob, dot, finished, hash, outline, rect, sheet } from './pixels.js';

const INK = 'rgba(31, 27, 46, 0.85)';
const SHADOW = 'rgba(31, 27, 46, 0.26)';

/**
 * @typedef {{frames: HTMLCanvasElement[], footX: number, footY: number, tall: boolean, flat: boolean}} Sprite
 *   `footX`, `footY`: the pixel of the picture that stands on the ground; `frames`: one, or the phases of swaying
 */

const OAK = [P.pine, P.leafDark, mix(P.leafDark, P.grass, 0.6), P.grass, P.grassLight];
const BIRCH = [P.leafDark, mix(P.grass, P.leafDark, 0.3), P.grassLight, P.lime, mix(P.lime, P.cream, 0.3)];
const WILLOW = [P.pine, mix(P.leafDark, P.pine, 0.4), mix(P.grass, P.stone, 0.25), mix(P.grassLight, P.stone, 0.2)];
const MEADOW = [P.leafDark, mix(P.leafDark, P.grass, 0.45), P.grassLight];
const STRAW = [P.leafDark, P.grassLight, mix(P.lime, P.cream, 0.25)];
const PINE = [mix(P.pine, P.ink, 0.35), P.pine, mix(P.pine, P.leafDark, 0.6), mix(P.leafDark, P.teal, 0.25)];

/** Pictures by block name: a function that draws variant `v`. Width, height and the foot are the sheet's. */
const TREES = {
  oak: [38, 46, 19, 43, (c, v) => {
    trunk(c, 17, 30, 4, 13, P.soil);
    crown(c, [[19, 22, 15, 11], [12, 20, 8, 8], [26, 21, 8, 8], [19, 14, 11, 9]], OAK, v);
  }],
  birch: [30, 46, 15, 43, (c, v) => {
    trunk(c, 13, 25, 4, 18, P.paper);
    for (const y of [28, 32, 35, 39]) rect(c, 13 + (y % 3), y, 2, 1, P.slate);
    crown(c, [[15, 20, 10, 10], [15, 12, 8, 9]], BIRCH, v);
  }],
  pine: [30, 50, 15, 47, (c, v) => pine(c, v, PINE)],
  'snowy pine': [30, 50, 15, 47, (c, v) => pine(c, v, PINE, true)],
  palm: [40, 48, 18, 45, (c, v) => palm(c, v)],
  willow: [44, 46, 22, 43, (c, v) => {
    trunk(c, 19, 27, 6, 16, P.soilDark);
    crown(c, [[22, 20, 18, 10], [22, 14, 13, 9]], WILLOW, v);
    for (let x = 4; x < 41; x += 2) {
      const fall = 6 + Math.floor(hash(x, v, 3) * 11 * (1 - Math.abs(x - 22) / 40));
      rect(c, x, 22, 1, fall, WILLOW[1 + (x >> 1) % 3]);
    }
  }],
  cactus: [20, 28, 10, 25, (c, v) => cactus(c, v)],
};

const SMALL = {
  'berry bush': [22, 20, 11, 17, (c, v) => {
    blob(c, 11, 11, 8, 6.5, [P.pine, P.leafDark, P.grass, P.grassLight], { seed: v, rough: 0.4 });
    for (let i = 0; i < 7; i++) {
      const [x, y] = [5 + Math.floor(hash(i, v, 1) * 12), 7 + Math.floor(hash(i, v, 2) * 8)];
      rect(c, x, y, 2, 2, P.red);
      dot(c, x, y, P.pink);
    }
  }],
  pumpkin: [18, 16, 9, 13, (c) => {
    blob(c, 9, 9, 6.5, 5, [mix(P.orange, P.soil, 0.5), mix(P.orange, P.soil, 0.2), P.orange, P.gold], { rough: 0.1 });
    for (const x of [6, 9, 12]) rect(c, x, 6, 1, 7, mix(P.orange, P.soil, 0.4));
    rect(c, 8, 2, 2, 3, P.leafDark);
  }],
  mushroom: [14, 14, 7, 11, (c, v) => {
    shroom(c, 6, 11, 4, P.red, P.paper);
    if (v % 2) shroom(c, 11, 12, 2, mix(P.clay, P.sand, 0.3), P.paper);
  }],
  glowcap: [14, 14, 7, 11, (c) => {
    shroom(c, 5, 11, 3, P.teal, P.foam);
    shroom(c, 10, 12, 2, mix(P.teal, P.foam, 0.4), P.paper);
  }],
  'dead bush': [18, 16, 9, 13, (c, v) => {
    for (const [x, y, up] of [[9, 13, 8], [8, 10, 5], [10, 9, 5]]) twig(c, x, y, up, v + x);
  }],
};

/** Thin things that bend with the wind: `draw(c, v, bend)`, bend being −1, 0 or 1 pixels at the top. */
const SWAYING = {
  'tall grass': [18, 18, 9, 15, (c, v, bend) => {
    for (let i = 0; i < 8; i++) {
      const x = 3.5 + i * 1.4 + hash(i, v, 4);
      const tall = 5 + hash(i, v, 5) * 6;
      blade(c, x, 15, tall, bend + (hash(i, v, 6) - 0.5) * 4, i % 3 ? MEADOW : STRAW);
    }
  }],
  fern: [20, 18, 10, 15, (c, v, bend) => {
    for (const lean of [-7, -4, -1, 2, 5, 7]) {
      blade(c, 10, 15, 10 - Math.abs(lean) * 0.6, lean + bend, [P.pine, P.leafDark, mix(P.grass, P.leafDark, 0.3)], 2);
    }
  }],
  reed: [16, 26, 8, 23, (c, v, bend) => {
    for (let i = 0; i < 5; i++) {
      const x = 3 + i * 2.3;
      const tall = 11 + hash(i, v, 8) * 8;
      blade(c, x, 23, tall, bend * 1.6, [P.leafDark, mix(P.grass, P.sandDark, 0.3), mix(P.lime, P.sandDark, 0.4)]);
      if (i % 2 === v % 2) rect(c, Math.round(x + bend * 1.6), Math.round(23 - tall), 2, 4, P.soil);
    }
  }],
  seeds: [16, 18, 8, 15, (c, v) => {
    for (let i = 0; i < 5; i++) blade(c, 3.5 + i * 2.2, 15, 2 + hash(i, v, 4) * 2, (i - 2) * 0.4, MEADOW);
  }],
  'young wheat': [16, 18, 8, 15, (c, v, bend) => {
    for (let i = 0; i < 6; i++) blade(c, 3 + i * 2, 15, 6 + hash(i, v, 5) * 3, bend + (i - 2.5) * 0.5, MEADOW);
  }],
  'ripe wheat': [16, 20, 8, 17, (c, v, bend) => {
    for (let i = 0; i < 6; i++) {
      const [x, tall] = [3 + i * 2, 9 + hash(i, v, 6) * 4];
      blade(c, x, 17, tall, bend + (i - 2.5) * 0.5, [P.sandDark, P.sand, P.gold]);
      rect(c, Math.round(x + bend + (i - 2.5) * 0.5), Math.round(17 - tall), 2, 4, P.gold);
    }
  }],
  poppy: [16, 18, 8, 15, (c, v, bend) => bloom(c, v, bend, P.red, P.ink)],
  daisy: [16, 18, 8, 15, (c, v, bend) => bloom(c, v, bend, P.paper, P.gold)],
  bluebell: [16, 18, 8, 15, (c, v, bend) => bloom(c, v, bend, mix(P.violet, P.water, 0.5), P.ice)],
};

const FLAT = {
  'lily pad': [16, 16, 8, 14, (c, v) => {
    blob(c, 8, 8, 5.5, 4, [P.leafDark, P.grass, P.grassLight], { rough: 0.05 });
    c.clearRect(8, 8, 6, 1);
    if (v === 0) {
      rect(c, 5, 5, 3, 3, P.pink);
      dot(c, 6, 5, P.paper);
    }
  }],
};

/** @returns {Map<string, () => Sprite[]>} what draws the variants of each plant, by block name */
export function plants() {
  const all = new Map();
  for (const [name, spec] of Object.entries(TREES)) all.set(name, () => build(spec, { tall: true, shadow: 0.42 }));
  for (const [name, spec] of Object.entries(SMALL)) all.set(name, () => build(spec, { shadow: 0.36 }));
  for (const [name, spec] of Object.entries(SWAYING)) all.set(name, () => build(spec, { bends: [0, 1, 0, -1], shadow: 0.28 }));
  for (const [name, spec] of Object.entries(FLAT)) all.set(name, () => build(spec, { flat: true }));
  return all;
}

function build([width, height, footX, footY, draw], { tall = false, flat = false, bends = [0], shadow = 0 }) {
  const sprites = [];
  for (let v = 0; v < 4; v++) {
    const frames = bends.map((bend) => {
      const whole = sheet(width, height);
      if (shadow) castShadow(whole, footX, footY, width * shadow);
      if (flat || bends.length > 1) draw(whole, v, bend);
      else whole.drawImage(outline(width, height, INK, (c) => draw(c, v, bend)), 0, 0);
      return finished(whole.canvas);
    });
    sprites.push({ frames, footX, footY, tall, flat });
  }
  return sprites;
}

function castShadow(c, x, y, radius) {
  c.fillStyle = SHADOW;
  for (let dy = -3; dy <= 2; dy++) {
    const half = Math.round(radius * Math.sqrt(Math.max(0, 1 - (dy / 3.2) ** 2)));
    c.fillRect(x - half + 1, y + dy, half * 2, 1);
  }
}

function trunk(c, x, y, width, height, colour) {
  rect(c, x, y, width, height, colour);
  rect(c, x, y, 1, height, mix(colour, P.paper, 0.18));
  rect(c, x + width - 1, y, 1, height, mix(colour, P.ink, 0.35));
  rect(c, x - 1, y + height - 2, width + 2, 2, mix(colour, P.ink, 0.15));
}

function crown(c, lobes, tones, v) {
  lobes.forEach(([x, y, rx, ry], i) => {
    blob(c, x + (hash(v, i) - 0.5) * 3, y + (hash(v, i, 2) - 0.5) * 2, rx, ry, tones, { seed: v * 7 + i, rough: 0.42 });
  });
}

function pine(c, v, tones, snowy = false) {
  trunk(c, 13, 38, 4, 9, P.soilDark);
  for (let tier = 0; tier < 4; tier++) {
    const bottom = 41 - tier * 9;
    const half = 13 - tier * 2.7;
    for (let row = 0; row < 13; row++) {
      const y = bottom - row;
      const width = half * (1 - row / 14) + (hash(row, tier, v) - 0.5) * 1.6;
      for (let x = Math.ceil(15 - width); x <= 15 + width; x++) {
        const side = (x - 15) / half;
        const light = 0.55 - side * 0.5 + (row / 13) * 0.25 + (hash(x, y, v) - 0.5) * 0.35;
        let colour = tones[Math.max(0, Math.min(3, Math.floor(light * 4)))];
        if (row < 2) colour = tones[0];
        if (snowy && row > 5 && light > 0.42) colour = light > 0.62 ? P.snow : P.snowShade;
        dot(c, x, y, colour);
      }
    }
  }
}

function palm(c, v) {
  const lean = v % 2 ? 1 : -1;
  for (let i = 0; i < 30; i++) {
    const x = Math.round(17 + lean * (i / 30) ** 2 * 6);
    rect(c, x, 44 - i, 3, 1, i % 4 === 3 ? P.soil : P.clay);
    dot(c, x, 44 - i, P.wood);
  }
  const [tx, ty] = [18 + lean * 6, 14];
  for (const [dx, dy] of [[-13, 7], [-14, 0], [-9, -8], [0, -10], [9, -8], [14, 0], [13, 7], [3, 9], [-5, 9]]) {
    frond(c, tx, ty, dx, dy);
  }
  rect(c, tx - 1, ty + 1, 2, 2, P.soil);
  rect(c, tx + 2, ty + 2, 2, 2, P.soilDark);
}

function frond(c, x, y, dx, dy) {
  const length = Math.hypot(dx, dy);
  for (let i = 0; i <= length; i++) {
    const t = i / length;
    const px = Math.round(x + dx * t);
    const py = Math.round(y + dy * t + t * t * 5);
    const thick = t < 0.75 ? 3 : 2;
    rect(c, px, py, 2, thick, dy < 0 ? P.grass : P.leafDark);
    dot(c, px, py, dy < 0 ? P.lime : P.grassLight);
  }
}

function cactus(c, v) {
  const [base, dark, light] = [mix(P.grass, P.teal, 0.3), mix(P.leafDark, P.pine, 0.2), P.lime];
  const column = (x, y, width, height) => {
    rect(c, x, y, width, height, base);
    rect(c, x + width - 2, y, 2, height, dark);
    rect(c, x + 1, y, 1, height, light);
  };
  column(7, 5, 6, 20);
  rect(c, 8, 4, 4, 1, base);
  if (v !== 1) {
    column(2, 10, 3, 7);
    rect(c, 4, 15, 3, 3, base);
  }
  if (v !== 2) {
    column(15, 8, 3, 7);
    rect(c, 13, 13, 3, 3, dark);
  }
  if (v === 3) rect(c, 9, 2, 3, 3, P.pink);
}

function shroom(c, x, y, radius, cap, stem) {
  rect(c, x - 1, y - 3, 2, 4, stem);
  for (let dy = 0; dy < radius; dy++) {
    const half = Math.round(Math.sqrt(radius * radius - dy * dy));
    rect(c, x - half, y - 3 - dy, half * 2, 1, dy === 0 ? mix(cap, P.ink, 0.25) : cap);
  }
  dot(c, x - 1, y - 2 - radius + 1, P.paper);
  dot(c, x + 1, y - 4, P.paper);
}

function twig(c, x, y, up, seed) {
  for (let i = 0; i < up; i++) {
    const wander = Math.round((hash(i, seed) - 0.5) * 2 + (seed % 2 ? i : -i) * 0.5);
    dot(c, x + wander, y - i, i % 3 ? P.clay : P.soil);
  }
}

function blade(c, x, y, length, lean, [dark, mid, light], width = 1) {
  for (let i = 0; i < length; i++) {
    const t = i / length;
    rect(c, Math.round(x + lean * t * t), Math.round(y - i), width, 1, t < 0.3 ? dark : t < 0.75 ? mid : light);
  }
}

function bloom(c, v, bend, petal, heart) {
  const stems = v % 2 ? [[5, 8], [10, 11]] : [[8, 10], [4, 6], [11, 7]];
  for (const [x, tall] of stems) {
    blade(c, x, 15, tall, bend, [P.leafDark, P.leafDark, P.grass]);
    const [fx, fy] = [x + bend, 15 - tall];
    rect(c, fx - 1, fy, 3, 1, petal);
    rect(c, fx, fy - 1, 1, 3, petal);
    dot(c, fx - 1, fy - 1, mix(petal, P.paper, 0.4));
    dot(c, fx, fy, heart);
  }
}
