// Deleting one's own account: what goes and what stays, and the password as the last word.

import { post } from '../net/api.js';
import { el } from '../page/dom.js';
import { t } from '../page/lang.js';

/** @param {() => void} left called once there is no account any more @param {string} more said of what stays */
export function leavingElement(left, more = '') {
  const failure = el('p', { class: 'failure', role: 'alert' });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true });
  const button = el('button', { type: 'submit', class: 'second', textContent: t('leaving.do') });
  const form = el('form', { class: 'leaving', onsubmit: async (event) => {
    event.preventDefault();
    failure.textContent = '';
    button.disabled = true;
    try {
      await post('/api/me/delete', { password: password.value });
      left();
    } catch (refusal) {
      failure.textContent = refusal.message;
      button.disabled = false;
      password.focus();
    }
  } },
  el('p', { textContent: t('leaving.goes') }), el('p', { textContent: t('leaving.stays') }),
  more && el('p', { textContent: more }),
  el('label', { class: 'choice-row' }, `${t('leaving.password')} `, password), failure, button);
  return el('details', {}, el('summary', { textContent: t('leaving.title') }), form);
}
