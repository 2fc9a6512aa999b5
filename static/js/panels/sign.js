// Writing on a sign.

import { el } from '../page/dom.js';
import { t } from '../page/lang.js';
import { ask } from './grid.js';
import { closePanel, openPanel } from './panel.js';

/** @returns {(tile: {x: number, y: number}) => void} opens the panel for the sign on a tile */
export function createSign(parts, maxText) {
  return ({ x, y }) => openPanel(t('sign.title'), (body) => {
    const { text, by } = parts.signs.at(x, y);
    const words = el('input', { type: 'text', value: text, maxLength: maxText, dir: 'auto', 'aria-label': t('sign.words'), placeholder: t('sign.words') });
    const form = el('form', { class: 'sign-form', autocomplete: 'off' }, words, el('button', { type: 'submit', textContent: t('sign.write') }));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (await ask(parts, 'write', { x, y, text: words.value })) closePanel();
    });
    body.append(form, ...(by ? [el('p', { class: 'bag-hint', textContent: t('sign.by', { name: by }) })] : []));
    requestAnimationFrame(() => words.focus());
  });
}
