// What people make and set down, and what lies in a pocket: torch, lantern, fence, crystal, nuggets.

import { P, mix } from './palette.js';
import { blob, dot, outlined, rect } from './pixels.js';

/** @typedef {import('./plants.js').Sprite} Sprite */

const WOOD_DARK = mix(P.clay, P.soil, 0.5);

/** @returns {Map<string, Sprite[]>} the pictures of made things by block name; the torch has frames that flicker */
export function made() {
  return new Map([
    ['torch', [sprite(14, 22, 7, 18, [0, 1, 2, 1].map((f) => (c) => torch(c, f)))]],
    ['lantern', [sprite(16, 22, 8, 18, [lantern])]],
    ['crystal', [sprite(22, 30, 11, 26, [crystal])]],
    ...[0, 1, 2, 3].map((mask) => [`fence${mask}`, [sprite(16, 22, 8, 18, [(c) => fence(c, mask)])]]),
  ]);
}

function sprite(width, height, footX, footY, draws) {
  const frames = draws.map((draw) => outlined(width, height, 'rgba(31, 27, 46, 0.8)', draw));
  return { frames, footX, footY, tall: false, flat: false };
}

function torch(c, f) {
  rect(c, 6, 9, 2, 10, P.clay);
  rect(c, 7, 9, 1, 10, P.soil);
  rect(c, 5, 6, 4, 4, P.orange);
  rect(c, 6, 4 - (f === 2 ? 1 : 0), 2, 4, P.gold);
  dot(c, 5 + f, 3, P.orange);
  rect(c, 6, 7, 2, 2, P.cream);
}

function lantern(c) {
  rect(c, 7, 2, 2, 2, P.slate);
  rect(c, 4, 4, 8, 2, P.slate);
  rect(c, 4, 6, 8, 9, P.gold);
  rect(c, 6, 7, 4, 7, P.cream);
  rect(c, 4, 6, 1, 9, P.stone);
  rect(c, 11, 6, 1, 9, P.night);
  rect(c, 3, 15, 10, 3, P.slate);
  rect(c, 3, 15, 10, 1, P.stone);
}

function crystal(c) {
  const spike = (x, bottom, width, height) => {
    for (let i = 0; i < height; i++) {
      const w = i < height - 4 ? width : Math.max(1, Math.round((width * (height - i)) / 4));
      const left = x - Math.floor(w / 2);
      rect(c, left, bottom - i, w, 1, P.violet);
      rect(c, left, bottom - i, Math.ceil(w / 3), 1, mix(P.violet, P.pink, 0.6));
      rect(c, left + w - 1, bottom - i, 1, 1, P.plum);
    }
    dot(c, x - 1, bottom - height + 5, P.paper);
  };
  spike(6, 25, 4, 12);
  spike(16, 26, 4, 14);
  spike(11, 26, 6, 22);
}

/** mask: 1 a fence goes on to the east, 2 to the west. */
function fence(c, mask) {
  for (const y of [7, 12]) {
    if (mask & 1) rect(c, 8, y, 8, 2, P.wood);
    if (mask & 2) rect(c, 0, y, 8, 2, P.wood);
    if (mask & 1) rect(c, 8, y + 2, 8, 1, WOOD_DARK);
    if (mask & 2) rect(c, 0, y + 2, 8, 1, WOOD_DARK);
  }
  rect(c, 6, 4, 4, 14, P.wood);
  rect(c, 9, 4, 1, 14, WOOD_DARK);
  rect(c, 6, 3, 4, 1, mix(P.wood, P.cream, 0.4));
}

const THINGS = {
  coal: [P.ink, P.night, P.slate, P.stone],
  copper: [mix(P.orange, P.soil, 0.5), P.orange, P.gold, P.cream],
  iron: [P.clay, P.sandDark, P.mist, P.paper],
  gold: [P.orange, P.gold, P.gold, P.cream],
};

/** A thing that lies only in an inventory, or null if it is not one of those. @returns {HTMLCanvasElement | null} */
export function thing(name) {
  if (THINGS[name]) return outlined(16, 16, P.ink, (c) => nuggets(c, THINGS[name]));
  return name === 'berry' ? outlined(16, 16, P.ink, berries) : null;
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
