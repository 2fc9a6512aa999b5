import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { countedName } from '../../static/js/world/things.js';
import { blockName, directionOf, preferred, speak, t } from '../../static/js/page/lang.js';

const english = { hello: 'Hello, {name}!', apples: { one: '{count} apple', other: '{count} apples' } };
afterEach(() => speak('en', english, english));

test('a text is filled in, and an unknown hole stays as it is', () => {
  speak('en', english, english);
  assert.equal(t('hello', { name: 'Ada' }), 'Hello, Ada!');
  assert.equal(t('hello'), 'Hello, {name}!');
});

test('what a player is called is never read as a hole', () => {
  speak('en', { both: '{a} and {b}' }, {});
  assert.equal(t('both', { a: '{b}', b: 'Ben' }), '{b} and Ben');
});

test('a text that a language lacks is said in English', () => {
  speak('de', {}, english);
  assert.equal(t('hello', { name: 'Ada' }), 'Hello, Ada!');
});

test('a text that nobody has is an error, not an empty button', () => {
  speak('en', english, english);
  assert.throws(() => t('nothing.of.this'), /nothing\.of\.this/);
});

test('the number chooses the form that its language has for it', () => {
  const forms = { zero: '0', one: '1', two: '2', few: 'few', many: 'many', other: 'other' };
  speak('ar', { apples: forms }, english);
  assert.deepEqual([0, 1, 2, 5, 11, 100].map((count) => t('apples', { count })), ['0', '1', '2', 'few', 'many', 'other']);
  speak('en', english, english);
  assert.deepEqual([1, 4].map((count) => t('apples', { count })), ['1 apple', '4 apples']);
});

test('a name written the other way round stands for itself in the sentence', () => {
  speak('en', english, english);
  assert.equal(t('hello', { name: 'שרה' }), 'Hello, \u2068שרה\u2069!');
  speak('he', { hello: 'שלום, {name}!' }, english);
  assert.equal(t('hello', { name: 'Ada' }), 'שלום, \u2068Ada\u2069!');
  assert.equal(t('hello', { name: 'שרה' }), 'שלום, שרה!');
  assert.equal(t('hello', { name: 7 }), 'שלום, 7!');
});

test('the first language of the browser that there is, is chosen', () => {
  assert.equal(preferred(['fr-FR', 'de-AT', 'en']), 'de');
  assert.equal(preferred(['tlh']), 'en');
  assert.equal(preferred(['toString', 'AR']), 'ar');
});

test('a block has its own name where no language has another', () => {
  speak('de', { blocks: { oak: 'Eiche' } }, english);
  assert.deepEqual([{ name: 'oak' }, { name: 'constructor of worlds' }].map(blockName), ['Eiche', 'constructor of worlds']);
});

test('a count is put behind a name, which stays as it is, and one is not counted', () => {
  speak('en', { 'thing.many': '{thing} × {count}' }, {});
  assert.deepEqual([1, 8].map((count) => countedName({ name: 'torch' }, count)), ['torch', 'torch × 8']);
});

test('the first letter says which way a name is written', () => {
  const ways = { Ada: 'ltr', 'עדה': 'rtl', '7 آدا Ada': 'rtl', 'Ada עדה': 'ltr', '123 !': 'ltr', '': 'ltr', '🙂 שלום': 'rtl' };
  for (const [name, way] of Object.entries(ways)) assert.equal(directionOf(name), way, name);
});
