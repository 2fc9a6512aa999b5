import assert from 'node:assert/strict';
import { test } from 'node:test';

import { speak } from '../../static/js/page/lang.js';
import { inOwnWords } from '../../static/js/page/sentences.js';

const german = {
  blocks: { stick: 'Stock', 'iron axe': 'Eisenaxt', planks: 'Bretter', torch: 'Fackel', berry: 'Beere', 'iron ore': 'Eisenerz' },
  server: {
    'One cannot place {}.': 'Nicht zu setzen: {0}.',
    'One cannot place {} on {}.': 'Auf {1} hält nicht: {0}.',
    'For {} you still need {}.': 'Für {0} fehlt noch {1}.',
    '{} asks for {} in the hand.': '{0}: nimm {1} in die Hand.',
    'Wait {}.': 'Warte {0}.',
    'What? (Really.)': 'Was?',
  },
};

test('a sentence is said with what it names, in the order of the language', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('One cannot place a stick on planks.'), 'Auf Bretter hält nicht: Stock.');
  assert.equal(inOwnWords('One cannot place a stick.'), 'Nicht zu setzen: Stock.');
  assert.equal(inOwnWords('What? (Really.)'), 'Was?');
});

test('lists, numbers, articles and capitals around the name of a block are seen through', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('For an iron axe you still need 2 sticks, 3 planks.'), 'Für Eisenaxt fehlt noch 2 × Stock, 3 × Bretter.');
  assert.equal(inOwnWords('For 4 torches you still need 1 stick.'), 'Für 4 × Fackel fehlt noch 1 × Stock.');
  assert.equal(inOwnWords('One cannot place 2 berries.'), 'Nicht zu setzen: 2 × Beere.');
  assert.equal(inOwnWords('Iron ore asks for an iron axe in the hand.'), 'Eisenerz: nimm Eisenaxt in die Hand.');
});

test('a time is said in the plural forms of the language', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('Wait 1 second.'), 'Warte 1 Sekunde.');
  assert.equal(inOwnWords('Wait 30 seconds.'), 'Warte 30 Sekunden.');
});

test('of several sentences each is translated that can be', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('One cannot place a stick. The moon is full. Wait 2 seconds.'), 'Nicht zu setzen: Stock. The moon is full. Warte 2 Sekunden.');
});

test('a sentence without a translation is said as it came', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('The moon is full.'), 'The moon is full.');
  speak('en', {}, {});
  assert.equal(inOwnWords('One cannot place stick.'), 'One cannot place stick.');
});

test('a name that a player chose is not taken for a block, nor read as a hole', () => {
  speak('de', { blocks: { stick: 'Stock' }, server: { 'No {} here.': 'Kein {0} hier.' } }, {});
  assert.equal(inOwnWords('No Sticks here.'), 'Kein Sticks hier.');
  assert.equal(inOwnWords('No {1}$& here.'), 'Kein {1}$& hier.');
});
