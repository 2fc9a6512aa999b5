// What the page says, in the player's language: one file for each in static/lang, English where a word is missing there.
// Call `t` where the words are shown, not while a module is loaded: the language is chosen after that.

import { keep, recall } from './keep.js';

/** The languages by code: their own names, which way they are written, and what is said where no texts can be had. */
export const LANGUAGES = {
  en: { name: 'English', dir: 'ltr', lost: 'Not all of this page could be loaded.', again: 'Try again' },
  de: { name: 'Deutsch', dir: 'ltr', lost: 'Diese Seite konnte nicht ganz geladen werden.', again: 'Noch einmal versuchen' },
  es: { name: 'Español', dir: 'ltr', lost: 'No se ha podido cargar toda la página.', again: 'Volver a intentarlo' },
  he: { name: 'עברית', dir: 'rtl', lost: 'לא כל הדף נטען.', again: 'לנסות שוב' },
  ar: { name: 'العربية', dir: 'rtl', lost: 'تعذّر تحميل الصفحة كاملةً.', again: 'أعد المحاولة' },
};
const FALLBACK = 'en';
const RTL_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

const NONE = {};

let language = FALLBACK;
let texts = {};
let english = {};
let plurals = new Intl.PluralRules(FALLBACK);

/** The language in use, as a code that `Intl` understands. */
export const locale = () => language;

/** A number as the language writes it, with so many digits behind the point. */
export const number = (value, digits = 0) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** The language that the player chose here, else the first of the browser's that there is. */
export function preferred(asked = navigator.languages) {
  const codes = [recall('language', ''), ...asked.map((tag) => tag.toLowerCase().split('-')[0])];
  return codes.find((code) => Object.hasOwn(LANGUAGES, code)) ?? FALLBACK;
}

/** Speaks `code` from now on. @param {object} own its texts by key @param {object} fallback the English ones */
export function speak(code, own, fallback) {
  language = code;
  texts = own;
  english = fallback;
  plurals = new Intl.PluralRules(code);
}

/** Fetches the texts of the preferred language and puts them into the page. */
export async function loadLanguage() {
  const code = preferred();
  const fetched = async (of) => {
    const answer = await fetch(`/static/lang/${of}.json`);
    if (!answer.ok) throw new Error(`The texts of "${of}" cannot be had (${answer.status}).`);
    return answer.json();
  };
  const fallback = await fetched(FALLBACK);
  speak(code, code === FALLBACK ? fallback : await fetched(code).catch(() => fallback), fallback);
  document.documentElement.lang = code;
  document.documentElement.dir = LANGUAGES[code].dir;
  translate(document);
}

/** Keeps the choice and starts the page anew in that language. */
export function chooseLanguage(code) {
  keep('language', code);
  location.reload();
}

/**
 * The text of `key` with `{name}` filled in from `values`. A text with plural forms is chosen by `values.count`.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key] ?? english[key];
  if (text === undefined) throw new Error(`No language has a text "${key}", or none is loaded yet.`);
  return fill(typeof text === 'string' ? text : text[plurals.select(values.count)] ?? text.other, values);
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? isolated(values[name]) : hole));
}

/** A name written the other way round must not turn the sentence around it (Unicode UAX #9, isolates). */
export function isolated(value) {
  const text = String(value);
  const other = RTL_LETTER.test(text) !== (LANGUAGES[language].dir === 'rtl');
  return other && /\p{L}/u.test(text) ? `\u2068${text}\u2069` : text;
}

/** Which way a text is written: by its first letter, as `dir="auto"` has it. @returns {'ltr' | 'rtl'} */
export const directionOf = (text) => (RTL_LETTER.test(text.match(/\p{L}/u)?.[0] ?? '') ? 'rtl' : 'ltr');

/** The name of a block or thing, as `/tables.json` has it, in the player's language. @param {{name: string}} kind */
export const blockName = ({ name }) => texts.blocks?.[name] ?? name;

/** The server's sentences in this language, by the English ones. */
export const serverSentences = () => texts.server ?? NONE;

/** Fills in what the page's markup leaves open: `data-t` the text, `data-t-label` and `data-t-placeholder` attributes. */
export function translate(root) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of root.querySelectorAll('[data-t-placeholder]')) node.placeholder = t(node.dataset.tPlaceholder);
}
