// The first steps, three at a time; each hint goes away for good once it is done.

import { byId, el } from '../page/dom.js';
import { keep, recall } from '../page/keep.js';
import { keyFor, onKeys, walkingKeys } from '../input/keys.js';
import { fingers } from '../input/phone.js';
import { t } from '../page/lang.js';

const AT_ONCE = 3;

const words = () => ({
  walk: fingers.matches ? t('hints.walk.touch') : t('hints.walk', { keys: walkingKeys() }),
  dig: fingers.matches ? t('hints.dig.touch') : t('hints.dig'),
  say: fingers.matches ? t('hints.say.touch') : t('hints.say', { key: keyFor('talk') }),
  bag: fingers.matches ? t('hints.bag.touch') : t('hints.bag', { key: keyFor('bag') }),
  drive: fingers.matches ? t('hints.drive.touch') : t('hints.drive', { key: keyFor('drive') }),
});

/** @returns {(step: 'walk' | 'dig' | 'say' | 'bag' | 'drive') => void} to be called when a step is done */
export function createHints() {
  const done = new Set(recall('hints', []));
  const list = byId('hints');
  const nodes = new Map();
  for (const step of Object.keys(words())) {
    if (!done.has(step)) nodes.set(step, el('li', { class: 'frame' }));
  }
  onKeys(() => {
    const texts = words();
    for (const [step, node] of nodes) node.textContent = texts[step];
  });
  list.append(...[...nodes.values()].slice(0, AT_ONCE));
  return (step) => {
    if (done.has(step)) return;
    done.add(step);
    keep('hints', [...done]);
    const node = nodes.get(step);
    node.classList.add('done');
    setTimeout(() => {
      node.remove();
      nodes.delete(step);
      list.append(...[...nodes.values()].slice(0, AT_ONCE));
    }, 900);
  };
}
