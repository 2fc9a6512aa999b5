// The server's sentences in the player's language. The server says them in English; a language that has one in its
// table `server`, by the very sentence with {} for what varies, says it in its own words, with {0}, {1} … in its own order.

import { blockName, isolated, locale, serverSentences } from './lang.js';

const compiled = new WeakMap(); // the tables' patterns, by table

const BETWEEN = /([.!?]) (?=\p{Lu})/gu; // two sentences

/** @param {string} said one sentence, or several @returns {string} the same where no translation is known */
export function inOwnWords(said) {
  const known = Object.hasOwn(serverSentences(), said); // some entries of the table are two sentences
  return (known ? [said] : said.replace(BETWEEN, '$1\0').split('\0')).map(translated).join(' ');
}

function translated(sentence) {
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

/** What the server filled in, if it is names of blocks ("a stone axe", "2 sticks, 1 wood") or a time ("1 second"). */
function named(text) {
  const seconds = /^(\d+) seconds?$/.exec(text);
  if (seconds) return new Intl.NumberFormat(locale(), { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(seconds[1]);
  return text.split(', ').map((part) => {
    const [, article, many, name] = /^(an? )?(\d+ )?(.*)$/s.exec(part);
    const own = inOwnLanguage(name.toLowerCase(), Boolean(many));
    if (own === null) return part;
    return many ? `${many}× ${own}` : own; // names have no other forms here: "2 × Stock"
  }).join(', ');
}

/** @param {string} name in English @param {boolean} counted whether it may be a plural @returns {string | null} null: no block's */
function inOwnLanguage(name, counted) {
  const singulars = counted ? [name.replace(/s$/, ''), name.replace(/es$/, ''), name.replace(/ies$/, 'y')] : [];
  const known = [name, ...singulars].find((one) => blockName({ name: one }) !== one);
  return known === undefined ? null : blockName({ name: known });
}
