import './english.mjs';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { actionOf, backToDefaults, choose, codesOf, everyAction, keyFor, keyName, slotOf, walkingKeys, wayOf } from '../../static/js/input/keys.js';

const press = (code, key) => ({ code, key });

test('no key does two things', () => {
  const codes = everyAction().flatMap(codesOf);
  assert.equal(new Set(codes).size, codes.length);
  for (const action of everyAction()) for (const code of codesOf(action)) assert.equal(actionOf(code), action);
});

test('a key that is chosen takes the place of the one before', () => {
  assert.equal(choose('up', 0, press('KeyZ', 'z')), '');
  assert.deepEqual([codesOf('up'), wayOf('KeyZ'), wayOf('ArrowUp'), wayOf('KeyW')], [['KeyZ', 'ArrowUp'], [0, -1], [0, -1], undefined]);
  assert.equal(choose('bag', 0, press('KeyW', 'w')), '', 'what was given away is free');
  assert.equal(walkingKeys(), 'Z A S D, ↑ ← ↓ →');
  backToDefaults();
  assert.deepEqual([actionOf('KeyW'), actionOf('KeyZ'), keyFor('bag')], ['up', undefined, 'E']);
});

test('a key that does something else, a number and what the page or the browser needs are refused', () => {
  for (const [code, key] of [['KeyM', 'm'], ['Digit1', '1'], ['Escape', 'Escape'], ['Tab', 'Tab'], ['F11', 'F11'], ['ControlLeft', 'Control'], ['', 'Unidentified']]) {
    assert.notEqual(choose('dig', 0, press(code, key)), '', code);
    assert.deepEqual(codesOf('dig'), ['Space']);
  }
});

test('the numbers choose a slot, all but 0', () => {
  assert.deepEqual(['Digit1', 'Digit9', 'Digit0', 'KeyA'].map(slotOf), [0, 8, undefined, undefined]);
});

test('a key is called what is printed on it, as far as that can be known', () => {
  assert.deepEqual(['KeyQ', 'Space', 'ArrowLeft', 'NumpadAdd', 'PageUp', 'Numpad5'].map(keyName), ['Q', 'Space', '←', 'Num +', 'Page Up', 'Num 5']);
  choose('dig', 0, press('KeyQ', 'a')); // of a French keyboard
  choose('place', 0, press('KeyO', 'щ')); // which has an O as well
  choose('land', 0, press('Semicolon', 'ö'));
  assert.deepEqual(['dig', 'place', 'land'].map(keyFor), ['A', 'O', 'Ö']);
  backToDefaults();
});
