import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LEAST, MOST, MapView } from '../../static/js/view/mapview.js';

function view() {
  const made = new MapView();
  Object.assign(made, { width: 400, height: 300, bounds: { left: -100, top: -50, right: 100, bottom: 50 } });
  return made;
}

test('a place on the map and the tile there are the same, at any zoom', () => {
  const map = view();
  for (const scale of [LEAST, 1, 2.5, MOST]) {
    map.zoomTo(scale);
    map.centre(30, -20);
    for (const [x, y] of [[30, -20], [-7, 11], [0, 0]]) {
      const at = map.toMap(x + 0.5, y + 0.5);
      assert.deepEqual(map.tileAt(at.x, at.y), { x, y });
    }
  }
});

test('what is under the pointer stays there while one zooms', () => {
  const map = view();
  const before = map.tileAt(250, 100);
  map.zoomBy(2, 250 - map.width / 2, 100 - map.height / 2);
  assert.deepEqual(map.tileAt(250, 100), before);
});

test('little land fills the view, much land is not shown smaller for that', () => {
  const map = view();
  map.bounds = { left: 0, top: 0, right: 80, bottom: 40 };
  map.fill();
  assert.equal(map.scale, 5);
  map.bounds = { left: 0, top: 0, right: 8000, bottom: 4000 };
  map.fill();
  assert.equal(map.scale, 5);
  map.bounds = { left: 0, top: 0, right: 0, bottom: 0 };
  map.fill();
  assert.equal(map.scale, 5, 'a single place has no size to go by');
  map.bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  map.fill();
  assert.equal(map.scale, 5, 'nor has nothing at all');
});

test('zoom is bounded both ways, however often and whatever is asked', () => {
  const map = view();
  for (let i = 0; i < 10_000; i++) map.zoomBy(-1);
  assert.equal(map.scale, LEAST);
  map.zoomTo(0);
  assert.equal(map.scale, LEAST);
  for (let i = 0; i < 10_000; i++) map.zoomBy(1);
  assert.equal(map.scale, MOST);
  for (const nonsense of [NaN, Infinity, -Infinity]) map.zoomTo(nonsense);
  assert.equal(map.scale, MOST);
});

test('one cannot leave the land that there is to show', () => {
  const map = view();
  for (let i = 0; i < 1000; i++) map.panBy(500, -500);
  assert.deepEqual([map.x, map.y], [100, -50]);
  map.centre(-1e9, 1e9);
  assert.deepEqual([map.x, map.y], [-100, 50]);
});
