// Sound, zoom, the keys, logging out.

import { el } from '../dom.js';
import { togglePanel } from './panel.js';

const KEYS = [
  ['W A S D, arrows', 'walk'], ['left button, Space', 'dig'], ['right button, F', 'use what stands there, or place'], ['1 – 9, wheel', 'choose a slot'],
  ['E', 'bag and crafting'],
  ['Enter', 'talk'], ['P', 'people'], ['G', 'my agent'], ['+ and −', 'zoom'],
];
const TOUCHES = [
  ['thumb at the lower left', 'walk'], ['hold a finger', 'dig'], ['tap', 'use what stands there, or place'], ['tap a slot', 'choose it'],
];

/** @param {{sound: import('../sound.js').Sound, camera: import('../camera.js').Camera, world: import('../state.js').World, logOut: () => void}} parts */
export function openSettings({ sound, camera, world, logOut }) {
  togglePanel('Settings', (body) => {
    const box = el('input', { type: 'checkbox', checked: sound.on, onchange: () => sound.switch(box.checked) });
    const zoom = (steps, words, sign) => el('button', { type: 'button', textContent: sign, 'aria-label': words, onclick: () => camera.zoomBy(steps) });
    body.append(
      el('label', { class: 'choice-row' }, box, ' Sounds'),
      el('div', { class: 'choice-row' }, 'Zoom ', zoom(-1, 'Further away', '−'), zoom(1, 'Closer', '+')),
      el('dl', { class: 'keys' }, ...(matchMedia('(pointer: coarse)').matches ? TOUCHES : KEYS).flatMap(([key, what]) => [el('dt', {}, el('kbd', { textContent: key })), el('dd', { textContent: what })])),
      ...(world.admin ? [el('p', {}, el('a', { href: '/admin', textContent: 'The admin page' }))] : []),
      el('p', { class: 'row' }, el('span', {}, 'You are ', el('bdi', { textContent: world.name }), '.'), el('button', { type: 'button', class: 'second', textContent: 'Log out', onclick: logOut })),
    );
  });
}
