// The server's sentences in the player's language. The server says them in English; a language that has one in its
// table `server`, by the very sentence with {} for what varies, says it in its own words, with {0}, {1} … in its own order.

import { blockName, isolated, locale, serverSentences } from './lang.js';

const compiled = new WeakMap(); // the tables' patterns, by table

const BETWEEN = /([.!?]) (?=\p{Lu})/gu; // two sentences
const REASON = ': {}'; // what stands there at the end is a sentence of its own, or several

/** @param {string} said one sentence, or several @returns {string} the same where no translation is known */
export function inOwnWords(said) {
  const { all, whole } = patterns(serverSentences());
  return found(whole, said) ?? said.replace(BETWEEN, '$1\0').split('\0').map((one) => found(all, one) ?? one).join(' ');
}

function found(rows, said) {
  for (const { pattern, words, reason } of rows) {
    const holes = pattern.exec(said)?.slice(1);
    if (holes) return words.replace(/\{(\d)\}/g, (_, i) => (reason && Number(i) === holes.length - 1 ? inOwnWords(holes[i]) : isolated(named(holes[i]))));
  }
  return null;
}

/**
 * The sentences of a table as patterns: `all` of them, and those that may take up the `whole` of what is said, because
 * they are several or give a reason. First those that begin with words of their own, for a hole at the beginning takes in
 * anything; then those that say most themselves.
 */
function patterns(table) {
  if (!compiled.has(table)) {
    const own = (sentence) => sentence.replaceAll('{}', '').length;
    const open = (sentence) => sentence.startsWith('{}');
    const rows = Object.entries(table).sort(([a], [b]) => open(a) - open(b) || own(b) - own(a));
    const all = rows.map(([sentence, words]) => ({
      pattern: new RegExp(`^${sentence.split('{}').map(escaped).join('(.+?)')}$`, 's'),
      words,
      reason: sentence.endsWith(REASON),
      several: sentence.search(BETWEEN) >= 0,
    }));
    compiled.set(table, { all, whole: all.filter(({ reason, several }) => reason || several) });
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
