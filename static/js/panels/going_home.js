// Going home: to one's bed at once; who has none is asked first, since it is a long way back from where everybody arrives.

import { el } from '../page/dom.js';
import { codesOf } from '../input/keys.js';
import { t } from '../page/lang.js';
import { closePanel, togglePanel } from './panel.js';

/** @param {{world: import('../world/state.js').World, hands: import('../world/hands.js').Hands}} parts @returns {() => void} */
export const createGoingHome = ({ world, hands }) => () => {
  if (world.home) {
    hands.goHome();
    return;
  }
  togglePanel(t('home.go'), (body) => {
    const stay = el('button', { class: 'second', type: 'button', textContent: t('home.stay'), onclick: closePanel });
    const go = el('button', { type: 'button', textContent: t('map.go'), onclick: () => {
      closePanel();
      hands.goHome();
    } });
    body.append(el('p', { textContent: t('home.ask') }), el('div', { class: 'judge' }, stay, go));
    requestAnimationFrame(() => stay.focus());
  }, { keys: codesOf('home') });
};
