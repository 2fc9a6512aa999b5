import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begunMention, mentionsOf } from '../../static/js/chat/mentions.js';

test('a name after an @ is found in any case, and not as the beginning of a longer one', () => {
  assert.deepEqual(mentionsOf('hello @ann!', 'Ann'), [[6, 10]]);
  assert.deepEqual(mentionsOf('@ANN @Anna @ann_b @ann', 'Ann'), [[0, 4], [18, 22]]);
  assert.deepEqual(mentionsOf('hello Ann', 'Ann'), []);
  assert.deepEqual(mentionsOf('@דוד שלום', 'דוד'), [[0, 4]]);
  assert.deepEqual(mentionsOf('@', ''), []);
});

test('a mention is begun by an @ at the start of a word, and ends with a space', () => {
  assert.equal(begunMention('hello @an'), 'an');
  assert.equal(begunMention('@דו'), 'דו');
  assert.equal(begunMention('mail@an'), null);
  assert.equal(begunMention('@an '), null);
  assert.equal(begunMention('@'), null);
});
