// People, drawn from a seed: skin, hair and clothes, four directions, a walk of four frames. One sheet for each look.

import { P, SKINS, mix } from './palette.js';
import { finished, outline, rect, sheet } from './pixels.js';

export const WIDTH = 18;
export const HEIGHT = 26;
export const FRAMES = 4;
const ROWS = ['south', 'west', 'north', 'east']; // in the order of the facings' numbers

const HAIR = [P.ink, P.soilDark, P.soil, P.clay, P.sandDark, P.gold, P.orange, P.red, P.mist, P.violet, P.teal];
const SHIRTS = [P.red, P.orange, P.gold, P.leafDark, P.teal, P.water, P.deep, P.violet, P.pink, P.paper, P.slate, P.clay];
const TROUSERS = [P.night, P.slate, P.deep, P.soil, P.soilDark, P.stone, P.pine, P.plum];
const CUTS = ['short', 'bob', 'long', 'tuft', 'bun', 'cap', 'hood'];
const CLOTHES = ['plain', 'stripes', 'overall', 'robe', 'jacket', 'scarf'];

const sheets = new Map();

/** The sheet of a look, each figure with the shadow at its feet: `FRAMES` columns, one row of `HEIGHT` for each facing. */
export function person(look) {
  let drawn = sheets.get(look);
  if (!drawn) {
    drawn = finished(drawSheet(features(look)));
    sheets.set(look, drawn);
  }
  return drawn;
}

/** What a seed stands for. */
function features(look) {
  let rest = look >>> 0;
  const pick = (of) => {
    const choice = of[rest % of.length];
    rest = Math.floor(rest / of.length) ^ Math.imul(rest, 0x9e37) >>> 7;
    return choice;
  };
  return {
    skin: pick(SKINS), hair: pick(HAIR), cut: pick(CUTS), shirt: pick(SHIRTS), trousers: pick(TROUSERS),
    clothes: pick(CLOTHES), trim: pick(SHIRTS),
  };
}

function drawSheet(look) {
  const ctx = sheet(WIDTH * FRAMES, HEIGHT * ROWS.length);
  const ground = shadow();
  ROWS.forEach((direction, row) => {
    for (let frame = 0; frame < FRAMES; frame++) {
      const cell = outline(WIDTH, HEIGHT, P.ink, (c) => {
        if (direction === 'west') {
          c.translate(WIDTH, 0);
          c.scale(-1, 1);
        }
        drawFigure(c, look, direction, frame);
      });
      ctx.drawImage(ground, frame * WIDTH + (WIDTH - ground.width) / 2, (row + 1) * HEIGHT - ground.height - 1);
      ctx.drawImage(cell, frame * WIDTH, row * HEIGHT);
    }
  });
  return ctx.canvas;
}

function shadow() {
  const ctx = sheet(14, 5);
  ctx.fillStyle = 'rgba(31, 27, 46, 0.3)';
  for (const [row, inset] of [[0, 3], [1, 1], [2, 0], [3, 1], [4, 3]]) ctx.fillRect(inset, row, 14 - inset * 2, 1);
  return ctx.canvas;
}

function drawFigure(ctx, look, direction, frame) {
  const step = [0, 1, 0, -1][frame];
  const bob = step === 0 ? 0 : -1;
  const side = direction === 'east' || direction === 'west';
  const back = direction === 'north';
  if (look.cut === 'long' && !back) longHair(ctx, look, side, bob);
  if (side) legsAside(ctx, look, step);
  else legsAhead(ctx, look, step);
  torso(ctx, look, side, back, bob);
  if (side) armAside(ctx, look, step, bob);
  else armsAhead(ctx, look, step, bob);
  head(ctx, look, side, back, bob);
  hair(ctx, look, side, back, bob);
}

function legsAhead(ctx, look, step) {
  const dark = mix(look.trousers, P.ink, 0.3);
  const left = step > 0 ? -2 : 0;
  const right = step < 0 ? -2 : 0;
  rect(ctx, 5, 19, 3, 4 + left, look.trousers);
  rect(ctx, 10, 19, 3, 4 + right, look.trousers);
  rect(ctx, 8, 19, 2, 2, dark);
  rect(ctx, 5, 23 + left, 3, 1, P.soilDark);
  rect(ctx, 10, 23 + right, 3, 1, P.soilDark);
}

function legsAside(ctx, look, step) {
  const dark = mix(look.trousers, P.ink, 0.35);
  const swing = step * 2;
  rect(ctx, 8 - swing, 19, 3, step ? 3 : 4, dark);
  rect(ctx, 8 - swing, step ? 22 : 23, step ? 3 : 4, 1, P.soilDark);
  rect(ctx, 8 + swing, 19, 3, 4, look.trousers);
  rect(ctx, 8 + swing, 23, 4, 1, P.soilDark);
}

function torso(ctx, look, side, back, bob) {
  const x = side ? 6 : 5;
  const width = side ? 6 : 8;
  const y = 13 + bob;
  const shade = mix(look.shirt, P.ink, 0.22);
  rect(ctx, x, y, width, 7, look.shirt);
  rect(ctx, x + width - 2, y, 2, 7, shade);
  switch (look.clothes) {
    case 'stripes':
      for (const row of [1, 3, 5]) rect(ctx, x, y + row, width, 1, look.trim === look.shirt ? P.paper : look.trim);
      break;
    case 'overall':
      rect(ctx, x, y + 3, width, 4, look.trousers);
      rect(ctx, x + 1, y, 1, 3, look.trousers);
      rect(ctx, x + width - 2, y, 1, 3, look.trousers);
      break;
    case 'robe':
      rect(ctx, x - 1, y + 5, width + 2, 4 - bob, look.shirt);
      rect(ctx, x - 1, y + 8 - bob, width + 2, 1, look.trim);
      rect(ctx, x + width - 1, y + 5, 2, 3 - bob, shade);
      rect(ctx, x, y + 4, width, 1, look.trim);
      break;
    case 'jacket':
      if (!back) rect(ctx, side ? x + width - 2 : x + 3, y, 2, 6, P.paper);
      rect(ctx, x, y + 6, width, 1, shade);
      break;
    case 'scarf':
      rect(ctx, x, y, width, 2, look.trim);
      if (!back) rect(ctx, x + width - 3, y + 2, 2, 3, mix(look.trim, P.ink, 0.2));
      break;
    default:
      rect(ctx, x, y + 6, width, 1, P.soil);
  }
}

function armsAhead(ctx, look, step, bob) {
  const sleeve = mix(look.shirt, P.ink, 0.12);
  const y = 13 + bob;
  const left = step < 0 ? -1 : 0;
  const right = step > 0 ? -1 : 0;
  rect(ctx, 3, y, 2, 5 + left, sleeve);
  rect(ctx, 3, y + 5 + left, 2, 2, look.skin);
  rect(ctx, 13, y, 2, 5 + right, mix(look.shirt, P.ink, 0.3));
  rect(ctx, 13, y + 5 + right, 2, 2, mix(look.skin, P.soilDark, 0.15));
}

function armAside(ctx, look, step, bob) {
  const y = 13 + bob;
  const swing = -step * 2;
  rect(ctx, 8, y, 3, 3, mix(look.shirt, P.ink, 0.32));
  rect(ctx, 8 + Math.round(swing / 2), y + 3, 3, 2, mix(look.shirt, P.ink, 0.32));
  rect(ctx, 8 + swing, y + 5, 2, 2, look.skin);
}

function head(ctx, look, side, back, bob) {
  const y = 4 + bob;
  const shade = mix(look.skin, P.soilDark, 0.22);
  rect(ctx, 5, y, 8, 9, look.skin);
  rect(ctx, 4, y + 1, 10, 7, look.skin);
  rect(ctx, 5, y + 8, 8, 1, shade);
  rect(ctx, 13, y + 2, 1, 6, shade);
  if (back) return;
  const blush = mix(look.skin, P.red, 0.28);
  if (side) {
    rect(ctx, 11, y + 4, 1, 2, P.ink);
    rect(ctx, 10, y + 6, 2, 1, blush);
    rect(ctx, 6, y + 5, 2, 2, shade);
  } else {
    rect(ctx, 6, y + 4, 1, 2, P.ink);
    rect(ctx, 11, y + 4, 1, 2, P.ink);
    rect(ctx, 5, y + 6, 1, 1, blush);
    rect(ctx, 12, y + 6, 1, 1, blush);
    rect(ctx, 8, y + 7, 2, 1, shade);
  }
}

function hair(ctx, look, side, back, bob) {
  const y = 3 + bob;
  const isHat = look.cut === 'cap' || look.cut === 'hood';
  const colour = isHat ? look.trim : look.hair;
  const light = mix(colour, P.paper, 0.22);
  const dark = mix(colour, P.ink, 0.25);
  rect(ctx, 5, y - 1, 8, 1, colour);
  rect(ctx, 4, y, 10, back ? 8 : 3, colour);
  rect(ctx, 6, y - 1, 4, 1, light);
  rect(ctx, 5, y, 3, 1, light);
  if (back) rect(ctx, 4, y + 6, 10, 2, dark);
  else if (side) rect(ctx, 4, y + 3, 4, 3, colour);
  else {
    rect(ctx, 4, y + 3, 1, 2, colour);
    rect(ctx, 13, y + 3, 1, 2, dark);
  }
  accent(ctx, look, side, back, y, colour, dark);
}

/** What sets one cut apart from the others. */
function accent(ctx, look, side, back, y, colour, dark) {
  switch (look.cut) {
    case 'bob':
      rect(ctx, 3, y + 2, 2, 7, colour);
      if (!side) rect(ctx, 13, y + 2, 2, 7, dark);
      break;
    case 'long':
      if (back) rect(ctx, 4, y + 8, 10, 6, dark);
      break;
    case 'tuft':
      rect(ctx, 7, y - 3, 2, 2, colour);
      rect(ctx, 9, y - 2, 2, 1, colour);
      break;
    case 'bun':
      rect(ctx, side ? 3 : 7, y - 3, 4, 2, colour);
      break;
    case 'cap':
      if (side) rect(ctx, 12, y + 2, 4, 1, dark);
      else if (!back) rect(ctx, 4, y + 2, 10, 1, dark);
      break;
    case 'hood':
      rect(ctx, 3, y + 1, 2, 8, colour);
      if (!side) rect(ctx, 13, y + 1, 2, 8, dark);
      break;
  }
}

function longHair(ctx, look, side, bob) {
  const dark = mix(look.hair, P.ink, 0.25);
  if (side) rect(ctx, 3, 6 + bob, 4, 11, dark);
  else rect(ctx, 3, 6 + bob, 12, 10, dark);
}
