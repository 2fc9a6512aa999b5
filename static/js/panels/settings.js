// Sound, zoom, language, the keys, logging out, another password.

import { el } from '../page/dom.js';
import { fingers } from '../input/phone.js';
import { LANGUAGES, chooseLanguage, locale, t } from '../page/lang.js';
import { keysElement } from './keys.js';
import { leavingElement } from './leaving.js';
import { togglePanel } from './panel.js';
import { passwordElement } from './password.js';
import { shunnedElement } from './shunned.js';

const touches = () => [
  [t('touch.walk'), t('does.walk')], [t('touch.dig'), t('does.dig')], [t('touch.place'), t('does.place')], [t('touch.slot'), t('does.slot')],
];

const touchesElement = () => el('dl', { class: 'touches' }, ...touches().flatMap(([touch, what]) => [el('dt', {}, el('kbd', { textContent: touch })), el('dd', { textContent: what })]));

/** A list of all languages, each by its own name. */
export function languageChoice(select = el('select')) {
  select.append(...Object.entries(LANGUAGES).map(([code, { name }]) => el('option', { value: code, lang: code, textContent: name, selected: code === locale() })));
  select.addEventListener('change', () => chooseLanguage(select.value));
  return select;
}

/** @param {{sound: import('../page/sound.js').Sound, camera: import('../view/camera.js').Camera, world: import('../world/state.js').World, chat: import('../chat/chat.js').Chat, toast: (text: string, kind?: string) => void, logOut: () => void}} parts */
export function openSettings({ sound, camera, world, chat, toast, logOut }) {
  togglePanel(t('settings.title'), (body) => {
    const box = el('input', { type: 'checkbox', checked: sound.on, onchange: () => sound.switch(box.checked) });
    const zoom = (steps, words, sign) => el('button', { type: 'button', textContent: sign, 'aria-label': words, onclick: () => camera.zoomBy(steps) });
    body.append(
      el('label', { class: 'choice-row' }, box, ` ${t('settings.sounds')}`),
      el('div', { class: 'choice-row' }, `${t('settings.zoom')} `, zoom(-1, t('settings.further'), '−'), zoom(1, t('settings.closer'), '+')),
      el('label', { class: 'choice-row' }, `${t('settings.language')} `, languageChoice()),
      fingers.matches ? touchesElement() : keysElement(),
      shunnedElement(chat),
      ...(world.admin ? [el('p', {}, el('a', { href: '/admin', textContent: t('settings.admin') }))] : []),
      el('p', { class: 'row' }, el('span', { textContent: t('settings.you_are', { name: world.name }) }), el('button', { type: 'button', class: 'second', textContent: t('settings.log_out'), onclick: logOut })),
      passwordElement({ toast }),
      leavingElement(logOut),
    );
  });
}
