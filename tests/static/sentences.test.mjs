import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
    'The disk is too full for {}: it takes {}. Make room.': 'Für {0} fehlt Platz: {1}. Schaffe welchen.',
    '{} is behind a licence: accept it, then set HF_TOKEN.': '{0} hat eine Lizenz: Nimm sie an, dann setze HF_TOKEN.',
    'There is no model: {}': 'Es gibt kein Modell: {0}',
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

test('two sentences that are said together, with what they name, are found as such', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('The disk is too full for a/b: it takes 2.0 GB. Make room.'), 'Für a/b fehlt Platz: 2.0 GB. Schaffe welchen.');
});

test('the reason after a colon is said in own words, too', () => {
  speak('de', german, {});
  assert.equal(inOwnWords('There is no model: a/b is behind a licence: accept it, then set HF_TOKEN.'), 'Es gibt kein Modell: a/b hat eine Lizenz: Nimm sie an, dann setze HF_TOKEN.');
  assert.equal(inOwnWords('There is no model: The disk is too full for a/b: it takes 1 GB. Make room.'), 'Es gibt kein Modell: Für a/b fehlt Platz: 1 GB. Schaffe welchen.');
  assert.equal(inOwnWords('There is no model: The moon is full.'), 'Es gibt kein Modell: The moon is full.');
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

for (const language of ['de', 'es', 'he', 'ar']) {
  test(`every sentence of the table is found as itself, and no other is taken for it: ${language}`, () => {
    const texts = JSON.parse(readFileSync(new URL(`../../static/lang/${language}.json`, import.meta.url), 'utf8'));
    speak(language, texts, {});
    for (const [sentence, words] of Object.entries(texts.server)) {
      let hole = 0;
      const said = sentence.replaceAll('{}', () => `${(hole += 1)}0`);
      assert.equal(inOwnWords(said), words.replace(/\{(\d)\}/g, (_, i) => `${Number(i) + 1}0`), sentence);
    }
  });
}
