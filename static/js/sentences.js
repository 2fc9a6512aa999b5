// The server's sentences in the player's language. The server says them in English; a language that has one in its
// table `server`, by the very sentence with {} for what varies, says it in its own words, with {0}, {1} … in its own order.

import { blockName, isolated, serverSentences } from './lang.js';

const compiled = new WeakMap(); // the tables' patterns, by table

/** @param {string} sentence @returns {string} the same where no translation is known */
export function inOwnWords(sentence) {
  for (const { pattern, words } of patterns(serverSentences())) {
    const found = pattern.exec(sentence);
    if (found) return words.replace(/\{(\d)\}/g, (_, i) => isolated(named(found[Number(i) + 1])));
  }
  return sentence;
}

/** The sentences of a table as patterns; those that say most themselves first, so that the most exact one is taken. */
function patterns(table) {
  if (!compiled.has(table)) {
    const own = (sentence) => sentence.replaceAll('{}', '').length;
    const rows = Object.entries(table).sort(([a], [b]) => own(b) - own(a));
    compiled.set(table, rows.map(([sentence, words]) => ({
      pattern: new RegExp(`^${sentence.split('{}').map(escaped).join('(.+?)')}$`, 's'), words,
    })));
  }
  return compiled.get(table);
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Names of blocks within what the server filled in: "a stone axe", "2 × stick, 1 × planks". */
function named(text) {
  return text.split(', ').map((part) => {
    const [, many, name] = /^(\d+ × |an? )?(.*)$/s.exec(part);
    const own = blockName({ name: name.toLowerCase() });
    return own === name.toLowerCase() ? part : `${many?.includes('×') ? many : ''}${own}`;
  }).join(', ');
}
