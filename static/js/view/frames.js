// What both pages of the world begin with, and the frame that both draw again and again.

import { get } from '../net/api.js';
import { P } from '../art/palette.js';
import { loadLanguage } from '../page/lang.js';
import { orLost } from '../page/lost.js';

const LONGEST = 0.1; // seconds that a frame counts for, however long ago the one before was

/** Gives the page its colours and its language. @returns {Promise<object>} the server's tables: blocks, messages, limits */
export async function begin() {
  for (const [name, colour] of Object.entries(P)) document.documentElement.style.setProperty(`--${name}`, colour);
  const [tables] = await orLost(Promise.all([get('/tables.json'), loadLanguage()]));
  return tables;
}

/** Calls `draw(now, seconds, still)` for each frame: the seconds since the one before, and whether the player asks for little motion. */
export function eachFrame(draw) {
  const stillness = matchMedia('(prefers-reduced-motion: reduce)');
  let before = performance.now();
  requestAnimationFrame(function frame(now) {
    requestAnimationFrame(frame);
    const seconds = Math.min(LONGEST, (now - before) / 1000);
    before = now;
    draw(now, seconds, stillness.matches);
  });
}
