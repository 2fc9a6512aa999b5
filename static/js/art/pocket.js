// What lies only in a pocket: nuggets, berries, sticks, bars, tools. Pictures of 16 × 16.

import { P, mix } from './palette.js';
import { blob, dot, outlined, rect } from './pixels.js';

const HANDLE = [P.soil, P.clay];

const NUGGETS = {
  coal: [P.ink, P.night, P.slate, P.stone],
  copper: [mix(P.orange, P.soil, 0.5), P.orange, P.gold, P.cream],
  iron: [P.clay, P.sandDark, P.mist, P.paper],
  gold: [P.orange, P.gold, P.gold, P.cream],
};

/** Dark, base and light. */
const BARS = {
  'copper bar': [mix(P.orange, P.soilDark, 0.5), P.orange, mix(P.orange, P.cream, 0.5)],
  'iron bar': [P.stone, P.mist, P.paper],
  'gold bar': [mix(P.orange, P.gold, 0.3), P.gold, P.cream],
};

/** What the heads of tools are made of, by grade. */
const HEADS = [null, [P.soil, P.wood, P.sand], [P.slate, P.pebble, P.mist], [P.stone, P.mist, P.paper]];
const SHAPES = { pickaxe, axe, shovel };

/** A thing that lies only in an inventory, or null if it is not one of those. @returns {HTMLCanvasElement | null} */
export function thing({ name, tool, grade }) {
  const draw = tool ? (c) => SHAPES[tool]?.(c, HEADS[grade])
    : NUGGETS[name] ? (c) => nuggets(c, NUGGETS[name])
    : BARS[name] ? (c) => bars(c, BARS[name])
    : { berry: berries, scroll, brush, wheat, bread, stick: (c) => handle(c, 3, 13, 10) }[name];
  return draw ? outlined(16, 16, P.ink, draw) : null;
}

function nuggets(c, tones) {
  blob(c, 6, 10, 4, 3.5, tones, { seed: 2 });
  blob(c, 10, 7, 4, 3.5, tones, { seed: 5 });
}

function berries(c) {
  blob(c, 5.5, 10, 3, 3, [mix(P.red, P.ink, 0.3), P.red, P.pink], { rough: 0 });
  blob(c, 10.5, 9, 3, 3, [mix(P.red, P.ink, 0.3), P.red, P.pink], { rough: 0 });
  rect(c, 7, 3, 2, 4, P.leafDark);
  rect(c, 9, 3, 3, 2, P.grass);
}

function scroll(c) {
  rect(c, 4, 3, 8, 10, P.cream);
  rect(c, 3, 2, 10, 2, P.sand);
  rect(c, 3, 12, 10, 2, P.sand);
  rect(c, 3, 13, 10, 1, P.clay);
  for (const [y, long] of [[5, 5], [7, 6], [9, 4]]) rect(c, 5, y, long, 1, P.clay);
  rect(c, 9, 10, 2, 2, P.red);
}

function wheat(c) {
  for (const [x, y] of [[4, 4], [7, 2], [10, 4]]) {
    rect(c, x, y, 2, 5, P.gold);
    rect(c, x, y + 5, 1, 8 - y / 2, P.sand);
  }
  rect(c, 4, 10, 7, 2, P.clay);
}

function bread(c) {
  rect(c, 2, 6, 12, 6, P.clay);
  rect(c, 3, 5, 10, 5, P.sandDark);
  for (const x of [4, 7, 10]) rect(c, x, 5, 1, 4, P.cream);
}

function brush(c) {
  handle(c, 3, 13, 7);
  rect(c, 9, 4, 4, 4, P.pebble);
  rect(c, 10, 1, 5, 5, P.red);
  rect(c, 10, 1, 2, 2, P.orange);
}

function bars(c, tones) {
  bar(c, 4, 2, tones);
  bar(c, 1, 8, tones);
  bar(c, 8, 8, tones);
}

function bar(c, x, y, [dark, base, light]) {
  rect(c, x + 1, y, 5, 1, light);
  rect(c, x, y + 1, 7, 2, base);
  rect(c, x + 1, y + 1, 2, 1, light);
  rect(c, x, y + 3, 7, 2, dark);
}

/** A rod that rises to the right from x, y. */
function handle(c, x, y, long) {
  for (let i = 0; i < long; i++) {
    rect(c, x + i, y - i - 1, 2, 2, HANDLE[0]);
    dot(c, x + i, y - i - 1, HANDLE[1]);
  }
}

function pickaxe(c, [dark, base, light]) {
  handle(c, 2, 14, 9);
  rect(c, 4, 2, 6, 2, base);
  rect(c, 9, 3, 3, 2, base);
  rect(c, 11, 4, 2, 3, base);
  rect(c, 12, 6, 2, 6, base);
  rect(c, 4, 2, 6, 1, light);
  rect(c, 10, 3, 2, 1, light);
  rect(c, 3, 3, 2, 1, dark);
  rect(c, 12, 8, 1, 4, dark);
  rect(c, 12, 12, 1, 1, dark);
}

function axe(c, [dark, base, light]) {
  handle(c, 2, 14, 11);
  rect(c, 6, 2, 4, 7, base);
  rect(c, 8, 3, 4, 4, base);
  rect(c, 4, 3, 2, 6, light);
  rect(c, 5, 2, 2, 1, light);
  rect(c, 5, 9, 4, 1, dark);
  rect(c, 9, 7, 2, 1, dark);
}

function shovel(c, [dark, base, light]) {
  handle(c, 2, 14, 7);
  rect(c, 8, 4, 6, 4, base);
  rect(c, 9, 2, 5, 6, base);
  rect(c, 7, 5, 4, 4, base);
  rect(c, 9, 2, 4, 1, light);
  rect(c, 8, 3, 1, 3, light);
  rect(c, 13, 3, 1, 4, dark);
  rect(c, 8, 8, 4, 1, dark);
}
