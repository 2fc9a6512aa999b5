// Writing on the scroll in one's hand, to hide it on a tile.

import { el } from '../page/dom.js';
import { t } from '../page/lang.js';
import { ask } from './grid.js';
import { closePanel, openPanel } from './panel.js';

/** @returns {(tile: {x: number, y: number}) => void} opens the panel for the tile where it will lie */
export function createScroll(parts, maxText) {
  return ({ x, y }) => openPanel(t('scroll.title'), (body) => {
    const words = el('input', { type: 'text', maxLength: maxText, dir: 'auto', required: true, 'aria-label': t('scroll.words'), placeholder: t('scroll.words') });
    const form = el('form', { class: 'sign-form', autocomplete: 'off' }, words, el('button', { type: 'submit', textContent: t('scroll.hide') }));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (!await ask(parts, 'hide', { x, y, text: words.value })) return;
      closePanel();
      parts.toast(t('scroll.hidden'), 'news');
    });
    body.append(form, el('p', { class: 'bag-hint', textContent: t('scroll.hint') }));
    requestAnimationFrame(() => words.focus());
  });
}
