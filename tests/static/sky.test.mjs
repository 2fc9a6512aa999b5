import assert from 'node:assert/strict';
import { test } from 'node:test';

import './english.mjs';
import { daylight } from '../../static/js/view/light.js';
import { skyWords } from '../../static/js/view/sky.js';

test('the hour is told to ten minutes, with the weather', () => {
  assert.equal(skyWords(0, 'clear'), '00:00 · clear');
  assert.equal(skyWords(32768, ''), '12:00');
  assert.equal(skyWords(65535, 'rain'), '23:50 · rain');
  assert.equal(skyWords(32768 + 65536 / 48, ''), '12:30');
});

test('noon is white, midnight is dark and blue, and no hour is black', () => {
  assert.deepEqual(daylight(32768, []), [255, 255, 255]);
  const [r, , b] = daylight(0, []);
  assert.ok(b > r * 1.5 && b < 200);
  for (let day = 0; day < 65536; day += 97) assert.ok(Math.max(...daylight(day, [])) > 100, `at ${day}`);
});

test('the light never jumps', () => {
  let before = daylight(65535, []);
  for (let day = 0; day < 65536; day += 16) {
    const now = daylight(day, []);
    assert.ok(now.every((value, i) => Math.abs(value - before[i]) <= 2), `at ${day}`);
    before = now;
  }
});
