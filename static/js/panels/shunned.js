// Whom the player has muted or blocked, with the way back.

import { PRIVATE } from '../chat/chat.js';
import { el, finish, refill } from '../page/dom.js';
import { t } from '../page/lang.js';

export const HEARD = 0;
export const MUTED = 1;
export const BLOCKED = 2;

/** @param {import('../chat/chat.js').Chat} chat */
export function shunnedElement(chat) {
  const list = el('ul', { class: 'people' });
  const draw = () => refill(list, ...(chat.opinions.shunned.length
    ? chat.opinions.shunned.map((shun) => row(shun, chat))
    : [el('li', { class: 'empty', textContent: t('shun.nobody') })]));
  draw();
  return el('section', { 'aria-label': t('shun.title') }, el('h3', { textContent: t('shun.title') }), list);

  function row({ id, name, blocked }) {
    const back = el('button', { class: 'second small', type: 'button', textContent: blocked ? t('shun.unblock') : t('shun.unmute'), onclick: async () => {
      await chat.opinions.shun(id, HEARD);
      draw();
    } });
    return el('li', { class: 'choice-row' }, el('bdi', { textContent: name }), el('small', { textContent: blocked ? t('shun.is_blocked') : t('shun.is_muted') }), back);
  }
}

/** What one may do about the author of a message, and about the message. @param {import('../chat/chat.js').Message} message */
export function shunButtons(message, chat) {
  const { sender: id, name } = message;
  const button = (words, act) => el('button', { class: 'second small', type: 'button', textContent: words, onclick: act });
  const place = el('div', { class: 'judge' });
  if (message.channel !== PRIVATE) place.append(button(t('shun.mute', { name }), () => chat.opinions.shun(id, MUTED)));
  place.append(button(t('shun.block', { name }), () => chat.opinions.shun(id, BLOCKED)), button(t('report.open'), () => place.replaceChildren(reportForm(message, chat))));
  return place;
}

function reportForm(message, chat) {
  const reason = el('input', { dir: 'auto', maxLength: chat.net.codec.longest('report', 'reason'), required: true, placeholder: t('report.reason'), 'aria-label': t('report.reason') });
  // The keys of the world are not for whoever writes.
  reason.addEventListener('keydown', (event) => event.stopPropagation());
  const form = el('form', { class: 'report-form', onsubmit: async (event) => {
    event.preventDefault();
    reason.value = reason.value.trim();
    if (!form.reportValidity()) return; // of blanks alone
    if (await chat.opinions.report(message, reason.value)) finish(form, el('p', { class: 'empty', role: 'status', textContent: t('report.sent') }));
  } }, el('small', { textContent: t('report.who_reads') }), el('div', { class: 'teach' }, reason, el('button', { type: 'submit', textContent: t('report.send') })));
  setTimeout(() => reason.focus());
  return form;
}
