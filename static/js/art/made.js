// What people make and set down: lights, fences, furniture. And the crystal, which they only find.

import { P, mix } from './palette.js';
import { blob, dot, outlined, rect } from './pixels.js';

/** @typedef {import('./plants.js').Sprite} Sprite */

const WOOD_DARK = mix(P.clay, P.soil, 0.5);

/** @returns {Map<string, () => Sprite[]>} what draws the made things, by block name; the torch has frames that flicker */
export function made() {
  return new Map([
    ['torch', () => [sprite(14, 22, 7, 18, [0, 1, 2, 1].map((f) => (c) => torch(c, f)))]],
    ['lantern', () => [sprite(16, 22, 8, 18, [lantern])]],
    ['campfire', () => [sprite(18, 20, 9, 17, [0, 1, 2, 1].map((f) => (c) => campfire(c, f)))]],
    ['pumpkin lamp', () => [sprite(18, 16, 9, 13, [pumpkinLamp])]],
    ['crystal lamp', () => [sprite(16, 24, 8, 20, [crystalLamp])]],
    ['flower pot', () => [sprite(14, 20, 7, 17, [flowerPot])]],
    ['table', () => [sprite(16, 20, 8, 17, [table])]],
    ['stool', () => [sprite(14, 16, 7, 13, [stool])]],
    ['bed', () => [sprite(16, 22, 8, 18, [bed])]],
    ['chest', () => [sprite(16, 18, 8, 15, [chest])]],
    ['sign', () => [sprite(16, 20, 8, 17, [sign])]],
    ['open door', () => [sprite(16, 28, 8, 24, [openDoor])]],
    ['scarecrow', () => [sprite(24, 32, 12, 29, [scarecrow])]],
    ['crystal', () => [sprite(22, 30, 11, 26, [crystal])]],
    ...[0, 1, 2, 3].map((mask) => [`fence${mask}`, () => [sprite(16, 22, 8, 18, [(c) => fence(c, mask)])]]),
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

function campfire(c, f) {
  rect(c, 2, 14, 14, 3, P.soilDark);
  rect(c, 3, 13, 5, 2, P.clay);
  rect(c, 10, 13, 5, 2, P.clay);
  rect(c, 6, 12, 6, 2, P.soil);
  rect(c, 5, 8, 8, 5, P.orange);
  rect(c, 6, 5 - (f === 2 ? 1 : 0), 3, 5, P.orange);
  rect(c, 10, 6 - (f === 1 ? 1 : 0), 2, 4, P.orange);
  rect(c, 7, 8, 4, 5, P.gold);
  rect(c, 8, 10, 2, 3, P.cream);
  dot(c, 6 + f * 2, 2, P.gold);
}

function pumpkinLamp(c) {
  blob(c, 9, 9, 6.5, 5, [mix(P.orange, P.soil, 0.5), mix(P.orange, P.soil, 0.2), P.orange, P.gold], { rough: 0.1 });
  rect(c, 8, 2, 2, 3, P.leafDark);
  rect(c, 5, 7, 2, 2, P.cream);
  rect(c, 11, 7, 2, 2, P.cream);
  rect(c, 5, 11, 8, 1, P.cream);
  rect(c, 6, 12, 2, 1, P.gold);
  rect(c, 10, 12, 2, 1, P.gold);
}

function crystalLamp(c) {
  rect(c, 4, 17, 8, 3, mix(P.orange, P.soil, 0.45));
  rect(c, 4, 17, 8, 1, P.orange);
  rect(c, 7, 15, 2, 2, mix(P.orange, P.soil, 0.3));
  rect(c, 4, 6, 8, 9, mix(P.violet, P.paper, 0.55));
  rect(c, 5, 7, 3, 7, P.paper);
  rect(c, 10, 6, 2, 9, P.violet);
  rect(c, 4, 4, 8, 2, P.orange);
  rect(c, 6, 2, 4, 2, mix(P.orange, P.soil, 0.3));
}

function flowerPot(c) {
  rect(c, 6, 6, 2, 6, P.leafDark);
  rect(c, 4, 8, 2, 2, P.grass);
  rect(c, 9, 9, 2, 1, P.grass);
  blob(c, 7, 5, 3, 3, [mix(P.red, P.ink, 0.3), P.red, P.pink], { rough: 0.1 });
  dot(c, 7, 5, P.gold);
  rect(c, 3, 11, 8, 2, mix(P.red, P.clay, 0.5));
  rect(c, 4, 13, 6, 4, mix(P.red, P.soil, 0.6));
  rect(c, 3, 11, 8, 1, mix(P.pink, P.clay, 0.4));
}

function table(c) {
  rect(c, 2, 11, 2, 7, WOOD_DARK);
  rect(c, 12, 11, 2, 7, WOOD_DARK);
  rect(c, 1, 4, 14, 7, P.wood);
  rect(c, 1, 4, 14, 1, mix(P.wood, P.cream, 0.5));
  rect(c, 1, 7, 14, 1, WOOD_DARK);
  rect(c, 1, 10, 14, 2, WOOD_DARK);
}

function stool(c) {
  rect(c, 3, 8, 2, 6, WOOD_DARK);
  rect(c, 9, 8, 2, 6, WOOD_DARK);
  rect(c, 2, 4, 10, 4, P.wood);
  rect(c, 2, 4, 10, 1, mix(P.wood, P.cream, 0.5));
  rect(c, 2, 8, 10, 1, WOOD_DARK);
}

function bed(c) {
  rect(c, 2, 1, 12, 19, WOOD_DARK);
  rect(c, 3, 4, 10, 15, P.red);
  rect(c, 3, 2, 10, 6, P.paper);
  rect(c, 4, 3, 8, 3, P.snow);
  rect(c, 3, 8, 10, 2, P.cream);
  rect(c, 3, 10, 1, 9, mix(P.red, P.pink, 0.5));
  rect(c, 3, 17, 10, 2, mix(P.red, P.ink, 0.35));
}

function chest(c) {
  rect(c, 1, 4, 14, 13, P.clay);
  rect(c, 1, 4, 14, 5, P.wood);
  rect(c, 1, 4, 14, 1, mix(P.wood, P.cream, 0.5));
  rect(c, 1, 9, 14, 1, P.soilDark);
  rect(c, 1, 15, 14, 2, P.soil);
  for (const x of [2, 12]) rect(c, x, 4, 2, 13, P.slate);
  for (const x of [2, 12]) rect(c, x, 4, 2, 1, P.pebble);
  rect(c, 6, 8, 4, 4, P.gold);
  rect(c, 7, 10, 2, 1, P.soilDark);
}

function sign(c) {
  rect(c, 7, 11, 2, 8, WOOD_DARK);
  rect(c, 1, 2, 14, 9, P.wood);
  rect(c, 1, 2, 14, 1, mix(P.wood, P.cream, 0.5));
  rect(c, 1, 10, 14, 1, WOOD_DARK);
  rect(c, 3, 4, 8, 1, P.soilDark);
  rect(c, 3, 6, 10, 1, P.soilDark);
  rect(c, 3, 8, 6, 1, P.soilDark);
}

/** Two posts, and the leaf turned aside: one walks between them. */
function openDoor(c) {
  rect(c, 0, 2, 2, 24, P.soil);
  rect(c, 14, 2, 2, 24, P.soil);
  rect(c, 0, 2, 1, 24, P.clay);
  rect(c, 2, 4, 3, 20, P.wood);
  rect(c, 2, 4, 1, 20, P.sandDark);
  rect(c, 2, 7, 3, 1, P.slate);
  rect(c, 2, 20, 3, 1, P.slate);
  dot(c, 4, 14, P.gold);
}

function scarecrow(c) {
  rect(c, 11, 14, 2, 16, P.clay);
  rect(c, 3, 14, 18, 2, P.clay);
  rect(c, 6, 13, 12, 9, P.waterLight);
  rect(c, 6, 13, 12, 1, P.foam);
  rect(c, 6, 20, 12, 2, P.water);
  rect(c, 1, 13, 4, 4, P.sand);
  rect(c, 19, 13, 4, 4, P.sand);
  for (const x of [7, 10, 14]) rect(c, x, 22, 2, 3, P.sand);
  blob(c, 12, 8.5, 5, 4.5, [mix(P.orange, P.soil, 0.4), P.orange, P.gold], { rough: 0.1 });
  rect(c, 9, 7, 2, 2, P.ink);
  rect(c, 13, 7, 2, 2, P.ink);
  rect(c, 6, 3, 12, 2, P.sandDark);
  rect(c, 8, 0, 8, 3, P.sand);
}
