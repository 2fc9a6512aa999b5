import './english.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FRIEND } from '../../static/js/chat/friends.js';
import { Landmarks, areas } from '../../static/js/world/landmarks.js';

test('plots side by side are one piece of land, apart they are two', () => {
  const plots = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: -5, y: 2 }, { x: 1, y: 1 }];
  assert.deepEqual(areas(plots, 16), [{ x: 18, y: 13 }, { x: -72, y: 40 }]);
  assert.deepEqual(areas([{ x: 0, y: 0 }, { x: 1, y: 1 }], 16).length, 2, 'corners do not join');
});

test('one knows one\'s own places, friends in sight, and what the server says one has discovered; the nearest first', () => {
  const net = { on() {} };
  const world = { on() {}, mark: { x: 3, y: 0 }, home: { x: 90, y: 0 } };
  const figures = { list: [{ body: { id: 2, name: 'Ben' }, x: 20 * 16, y: 0 }, { body: { id: 3, name: 'Eve' }, x: 0, y: 0 }] };
  const friends = { state: (id) => (id === 2 ? FRIEND : undefined) };
  const landmarks = new Landmarks({ net, world, figures, friends, land: { size: 16, mine: { plots: [{ x: 3, y: 0 }] } } });
  landmarks.spawn = { x: -40, y: 0 };
  landmarks.found = [{ kind: 'ruin', name: 'Hollow Ford', x: 10, y: 0 }, { kind: 'place', name: 'Hollow Ford', x: 70, y: 0 }];
  assert.deepEqual(landmarks.around({ x: 0, y: 0 }).map(({ kind, name }) => [kind, name]), [
    ['mark', 'Your mark'], ['ruin', 'Ruin, Hollow Ford'], ['friend', 'Ben'], ['spawn', 'Where everybody arrives'],
    ['plot', 'Your land'], ['place', 'Hollow Ford'], ['home', 'Your bed'],
  ]);
});
