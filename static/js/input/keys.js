// Which key does what: one table, of which the player may change every line. A key is known by its place on the keyboard
// (`KeyboardEvent.code`), so that W A S D lie together whatever is printed on them; what is printed is only for telling.

import { keep, recall } from '../page/keep.js';
import { t } from '../page/lang.js';

/** @typedef {'up' | 'left' | 'down' | 'right' | 'dig' | 'place' | 'bag' | 'home' | 'talk' | 'map' | 'people' | 'land' | 'journal'
 *   | 'colours' | 'agent' | 'drive' | 'closer' | 'further'} Action  in words: `does.<action>` */

/** @type {Record<Action, string[]>} the first key of each is the one that is told of */
const DEFAULTS = {
  up: ['KeyW', 'ArrowUp'], left: ['KeyA', 'ArrowLeft'], down: ['KeyS', 'ArrowDown'], right: ['KeyD', 'ArrowRight'],
  dig: ['Space'], place: ['KeyF'], bag: ['KeyE', 'KeyI'], talk: ['Enter'], home: ['KeyH'], drive: ['KeyB'],
  map: ['KeyM'], people: ['KeyP'], land: ['KeyL'], journal: ['KeyJ'], colours: ['KeyC'], agent: ['KeyG'],
  closer: ['Equal', 'NumpadAdd'], further: ['Minus', 'NumpadSubtract'],
};
const WAYS = { up: [0, -1], left: [-1, 0], down: [0, 1], right: [1, 0] };
const SLOT = /^Digit([1-9])$/;
/** What leads through the page and out of it, and what the browser would do as well. */
const RESERVED = /^(|Unidentified|Escape|Tab|F\d+|(Control|Alt|Meta|OS).*|ContextMenu|CapsLock|PrintScreen|Fn.*|Browser.*)$/;
const SIGNS = { ArrowUp: '↑', ArrowLeft: '←', ArrowDown: '↓', ArrowRight: '→', NumpadAdd: 'Num +', NumpadSubtract: 'Num −' };
const PRINTED = { '=': '+', '-': '−' }; // how the keys for zooming are called everywhere
/** What may stand on a key that is typed in another script all the same. */
const TELLABLE = /^[\p{Script=Latin}\p{P}\p{S}]$/u;

const listeners = [];
let printed = recall('keys.printed', {}); // by code, for keys that were chosen
let layout = new Map(); // the same as the browser knows it, if it does
let keys = {};
let actions = new Map();

lay(recall('keys', {}));
globalThis.navigator?.keyboard?.getLayoutMap?.().then((map) => {
  layout = map;
  tell();
}, () => {}); // it is not told to every page: then keys are called as on an American keyboard

/** Takes over what was chosen, and the defaults for the rest. @param {Partial<Record<Action, string[]>>} chosen */
function lay(chosen) {
  keys = {};
  actions = new Map();
  for (const [action, codes] of Object.entries(DEFAULTS)) keys[action] = codes.map((code, i) => chosen?.[action]?.[i] ?? code);
  for (const [action, codes] of Object.entries(keys)) for (const code of codes) actions.set(code, action);
}

function tell() {
  for (const listener of listeners) listener();
}

/** Calls `listener` now, and whenever keys have changed or are called something else. */
export function onKeys(listener) {
  listeners.push(listener);
  listener();
}

/** @returns {Action[]} */
export const everyAction = () => Object.keys(DEFAULTS);

/** What a key does. @param {string} code @returns {Action | undefined} */
export const actionOf = (code) => actions.get(code);

/** The keys for something, by their codes. @param {Action} action @returns {string[]} */
export const codesOf = (action) => keys[action];

/** Which way a key leads, as dx, dy; undefined for a key that is not for walking. */
export const wayOf = (code) => WAYS[actions.get(code)];

/** The place in the hotbar that a key chooses, from 0; undefined for any other key. */
export const slotOf = (code) => (SLOT.test(code) ? Number(code.match(SLOT)[1]) - 1 : undefined);

/** What a key is called. */
export function keyName(code) {
  const sign = printed[code] ?? layout.get(code);
  if (code === 'Space') return t('key.space');
  if (SIGNS[code]) return SIGNS[code];
  if (sign) return PRINTED[sign] ?? sign.toUpperCase();
  return code.replace(/^(Key|Digit)/, '').replace('Numpad', 'Num').replace(/(?<=[a-z])(?=[A-Z\d])/g, ' ');
}

/** What the first key for something is called. @param {Action} action */
export const keyFor = (action) => keyName(keys[action][0]);

/** All keys for walking: W A S D, and the arrows. */
export const walkingKeys = () => [0, 1].map((i) => Object.keys(WAYS).map((way) => keyName(keys[way][i])).join(' ')).join(t('list.comma'));

/**
 * Gives an action the key that was just pressed, in the place of its key number `index`.
 * @param {Action} action @param {KeyboardEvent} event @returns {string} why not, in a sentence; empty if it has it now
 */
export function choose(action, index, { code, key }) {
  if (RESERVED.test(code)) return t('keys.reserved', { key: keyName(code || key) });
  const other = slotOf(code) === undefined ? actionOf(code) : 'slot';
  if (other && code !== keys[action][index]) return t('keys.taken', { key: keyName(code), does: t(`does.${other}`) });
  if (TELLABLE.test(key) && !layout.has(code)) printed = { ...printed, [code]: key };
  lay({ ...keys, [action]: keys[action].map((before, i) => (i === index ? code : before)) });
  keep('keys', keys);
  keep('keys.printed', printed);
  tell();
  return '';
}

export function backToDefaults() {
  lay({});
  keep('keys', {});
  tell();
}
