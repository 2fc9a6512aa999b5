import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Predictor } from '../../static/js/world/predict.js';

const RULES = { unit: 256, step: 58, diagonal: 41, half_width: 77, half_height: 51 };
const TICK = 50;

function standing(x, y, solid = () => false) {
  const predictor = new Predictor(RULES, solid);
  predictor.reset(x, y, 0);
  return predictor;
}

const drawn = (predictor, now) => {
  const out = {};
  predictor.sample(now, TICK, out);
  return out;
};

test('a step shows at once and glides over one tick', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  assert.equal(drawn(predictor, 0).x, 1000);
  assert.equal(drawn(predictor, 25).x, 1029);
  assert.equal(drawn(predictor, 50).x, 1058);
  assert.equal(predictor.facing, 3);
});

test('an answer that agrees changes nothing that is seen', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  predictor.move(2, 1, 0, 50);
  predictor.reconcile(1, 1058, 1000, 60);
  assert.equal(predictor.place.x, 1116);
  assert.deepEqual(predictor.pending.map((move) => move.ref), [2]);
  assert.equal(drawn(predictor, 75).x, 1087);
});

test('an answer that disagrees is the truth, and later steps are repeated from there', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  predictor.move(2, 0, 1, 50);
  predictor.reconcile(1, 1000, 1000, 60);
  assert.deepEqual([predictor.place.x, predictor.place.y], [1000, 1058]);
});

test('the picture slides to a corrected place instead of jumping', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  const before = drawn(predictor, 50).x;
  predictor.reconcile(1, 1000, 1000, 50);
  assert.equal(drawn(predictor, 50).x, before);
  const later = drawn(predictor, 100).x;
  assert.ok(later < before && later > 1000, `${later} lies on the way`);
  assert.equal(drawn(predictor, 400).x, 1000);
});

test('a far correction is a jump', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  predictor.reconcile(1, 90000, 1000, 60);
  assert.equal(drawn(predictor, 60).x, 90000);
});

test('steps that are never answered are given up', () => {
  const predictor = standing(1000, 1000);
  predictor.move(1, 1, 0, 0);
  predictor.tidy(1000);
  assert.equal(predictor.place.x, 1058);
  predictor.tidy(2000);
  assert.equal(predictor.place.x, 1000);
  assert.equal(predictor.pending.length, 0);
});

test('walking against a wall one faces already would change nothing', () => {
  const predictor = standing(256 - 77, 128, (tx) => tx >= 1);
  assert.ok(predictor.wouldMove(1, 0), 'turning towards it is a change');
  predictor.move(1, 1, 0, 0);
  assert.ok(!predictor.wouldMove(1, 0));
  assert.ok(predictor.wouldMove(0, 1));
});

test('a body that the agent drives glides along, and turns where it goes', () => {
  const predictor = standing(1000, 1000);
  predictor.carried(1058, 1000, 0);
  assert.equal(drawn(predictor, 25).x, 1029);
  assert.equal(predictor.facing, 3);
  predictor.move(7, -1, 0, 50); // the player takes over …
  predictor.carried(1116, 1000, 60); // … and hears of a step that the agent had made before
  assert.equal(predictor.place.x, 1116 - 58);
});
