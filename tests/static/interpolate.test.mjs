import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServerClock, Trail } from '../../static/js/world/interpolate.js';

const at = (trail, tick) => {
  const out = {};
  trail.sample(tick, out);
  return out;
};

test('a body is drawn two ticks in the past, between the places on both sides', () => {
  const trail = new Trail(10, 0, 0);
  trail.add(11, 100, 0);
  trail.add(12, 200, 50);
  assert.deepEqual(at(trail, 13.5), { x: 150, y: 25, walking: true });
});

test('beyond the newest place a body stands still', () => {
  const trail = new Trail(10, 0, 0);
  trail.add(11, 100, 0);
  assert.deepEqual(at(trail, 40), { x: 100, y: 0, walking: false });
});

test('after a rest it starts from where it stood, not in a slow slide since the rest began', () => {
  const trail = new Trail(10, 0, 0);
  trail.add(50, 100, 0);
  assert.equal(at(trail, 45).x, 0);
  assert.equal(at(trail, 51).x, 0);
  assert.equal(at(trail, 51.5).x, 50);
});

test('places older than needed are let go and the newest are kept', () => {
  const trail = new Trail(0, 0, 0);
  for (let tick = 1; tick < 40; tick++) trail.add(tick, tick * 10, 0);
  assert.equal(trail.length, 8);
  assert.equal(at(trail, 40.5).x, 385);
});

test('a body goes on as it was told, until it is told otherwise', () => {
  const trail = new Trail(10, 0, 0);
  trail.add(11, 58, 0, 58, 0);
  assert.deepEqual(at(trail, 15.5), { x: 58 * 3.5, y: 0, walking: true });
  trail.add(16, 58 * 6, 0, 0, 0);
  assert.deepEqual(at(trail, 15.5), { x: 58 * 3.5, y: 0, walking: true });
  assert.deepEqual(at(trail, 30), { x: 58 * 6, y: 0, walking: false });
});

test('a turn is seen at the tick in which it was made', () => {
  const trail = new Trail(0, 0, 0);
  trail.add(1, 10, 0, 10, 0);
  trail.add(5, 40, 10, 0, 10);
  assert.deepEqual(at(trail, 6), { x: 40, y: 0, walking: true });
  assert.deepEqual(at(trail, 6.5), { x: 40, y: 5, walking: true });
  assert.deepEqual(at(trail, 9), { x: 40, y: 30, walking: true });
});

test('a body of which nothing is heard any more does not walk on for ever', () => {
  const trail = new Trail(0, 0, 0, 30);
  trail.add(1, 10, 0, 10, 0);
  assert.deepEqual(at(trail, 500), { x: 310, y: 0, walking: false });
});

test('a move of an earlier tick than was guessed puts the trail right', () => {
  const trail = new Trail(20, 0, 0);
  trail.add(18, 7, 0, 10, 0);
  assert.equal(trail.length, 1);
  assert.equal(at(trail, 22).x, 27);
});

test('a place told twice for one tick replaces the first', () => {
  const trail = new Trail(0, 0, 0);
  trail.add(1, 10, 0);
  trail.add(1, 30, 0);
  assert.equal(at(trail, 9).x, 30);
});

test('the clock trusts early messages more than late ones', () => {
  const clock = new ServerClock(50);
  clock.hear(100, 1000);
  assert.equal(clock.at(1000), 100);
  clock.hear(101, 1150); // two ticks late
  const late = 100 - (clock.at(1000));
  clock.hear(110, 1400); // two ticks early
  const early = clock.at(1000) - 100;
  assert.ok(late < 0.1, `a late message moves it by ${late}`);
  assert.ok(early > 0.3, `an early one by ${early}`);
});

test('a clock that jumps is followed at once', () => {
  const clock = new ServerClock(50);
  clock.hear(100, 1000);
  clock.hear(5000, 1050);
  assert.equal(clock.at(1050), 5000);
});
