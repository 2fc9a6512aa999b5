// The first three steps; each hint goes away for good once it is done.

import { byId, el } from '../dom.js';
import { keep, recall } from '../keep.js';

const TOUCH = matchMedia('(pointer: coarse)').matches;

const WORDS = {
  walk: TOUCH ? 'Walk: drag your thumb at the lower left' : 'Walk: W A S D or the arrow keys',
  dig: TOUCH ? 'Dig: hold a finger on a tree or a flower' : 'Dig: hold the left button on a tree or a stone close by',
  say: TOUCH ? 'Say something: tap the line below' : 'Say something: press Enter',
};

/** @returns {(step: 'walk' | 'dig' | 'say') => void} to be called when a step is done */
export function createHints() {
  const done = new Set(recall('hints', []));
  const list = byId('hints');
  const nodes = new Map();
  for (const [step, words] of Object.entries(WORDS)) {
    if (done.has(step)) continue;
    const node = el('li', { class: 'frame', textContent: words });
    nodes.set(step, node);
    list.append(node);
  }
  return (step) => {
    if (done.has(step)) return;
    done.add(step);
    keep('hints', [...done]);
    const node = nodes.get(step);
    node.classList.add('done');
    setTimeout(() => node.remove(), 900);
  };
}
