// The window and its storage, as far as the camera asks for them; before it is imported.
Object.assign(globalThis, {
  addEventListener() {},
  devicePixelRatio: 1,
  innerWidth: 800,
  innerHeight: 600,
  matchMedia: () => ({ matches: false }),
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

const { TILE } = await import('../../static/js/art/ground.js');
const { Camera } = await import('../../static/js/view/camera.js');

/** How large a tile is, in CSS pixels, after zooming by `steps` on a screen with so many device pixels for each. */
function tile(dpr, ...steps) {
  globalThis.devicePixelRatio = dpr;
  const camera = new Camera({});
  for (const by of steps) camera.zoomBy(by);
  assert.ok(Number.isInteger(camera.scale), 'pixels stay square');
  return (camera.scale * TILE) / dpr;
}

test('one can zoom out until a tile is 24 CSS pixels, and in until it is 80, and no further', () => {
  assert.deepEqual([tile(2, -Infinity), tile(2, Infinity)], [24, 80]);
  assert.deepEqual([tile(2, ...Array(99).fill(-1)), tile(2, ...Array(99).fill(1))], [24, 80]);
  for (const dpr of [0.75, 1, 1.25, 1.5, 2.75, 3]) {
    assert.ok(tile(dpr, -Infinity) >= 24 && tile(dpr, Infinity) <= 80, `whole device pixels at ${dpr}`);
  }
});

test('what was zoomed too far need not be zoomed back', () => {
  assert.deepEqual([tile(2, -Infinity, 1), tile(2, Infinity, -1)], [32, 72]);
});
