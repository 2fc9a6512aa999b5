import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LightMap } from '../../static/js/view/lightmap.js';

const NIGHT = [70, 84, 150];
const WARM = [200, 100, 50];

/** The colour of pixel x, y once all is written. */
function reader(map) {
  const bytes = new Uint8ClampedArray(map.width * map.height * 4);
  map.write(bytes, NIGHT);
  return (x, y) => [...bytes.subarray((y * map.width + x) * 4, (y * map.width + x) * 4 + 4)];
}

test('a light is brightest in its middle, fades evenly to all sides and ends at its reach', () => {
  const map = new LightMap();
  map.begin(41, 31);
  map.add(WARM, 20.5, 15.5, 10, 0.5);
  const at = reader(map);
  assert.deepEqual(at(20, 15), [170, 134, 175, 255]);
  const east = Array.from({ length: 12 }, (_, i) => at(20 + i, 15)[0]);
  for (let i = 1; i < 10; i++) assert.ok(east[i] < east[i - 1], `${i}: ${east}`);
  assert.deepEqual(east.slice(10), [NIGHT[0], NIGHT[0]]);
  for (const [dx, dy] of [[-6, 0], [0, 6], [0, -6]]) assert.deepEqual(at(20 + dx, 15 + dy), at(26, 15));
});

test('lights add up, as far as white', () => {
  const map = new LightMap();
  map.begin(9, 9);
  map.add(WARM, 4.5, 4.5, 3, 0.25);
  map.add(WARM, 4.5, 4.5, 3, 0.25);
  map.add([0, 0, 400], 4.5, 4.5, 3, 1);
  assert.deepEqual(reader(map)(4, 4), [170, 134, 255, 255]);
});

test('a light at the edge, or beyond it, touches nothing outside of the map', () => {
  const map = new LightMap();
  map.begin(8, 4);
  map.add(WARM, 0, 0, 2, 1);
  map.add(WARM, 9, 2, 3, 1);
  map.add(WARM, -50, 2, 3, 1);
  const at = reader(map);
  assert.ok(at(0, 0)[0] > NIGHT[0] && at(7, 2)[0] > NIGHT[0]);
  for (const [x, y] of [[3, 0], [0, 3], [4, 2]]) assert.deepEqual(at(x, y), [...NIGHT, 255], `${x}, ${y}`);
});

test('begun anew, whatever its size, there is no light left of before', () => {
  const map = new LightMap();
  for (const [width, height] of [[8, 4], [8, 4], [5, 7]]) {
    map.begin(width, height);
    assert.deepEqual(reader(map)(2, 2), [...NIGHT, 255]);
    map.add(WARM, 2.5, 2.5, 3, 1);
  }
});
