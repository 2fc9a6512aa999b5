// Choosing another password: whoever else is logged in with the account is logged out by it.

import { post } from '../net/api.js';
import { el } from '../page/dom.js';
import { t } from '../page/lang.js';

/** @param {{toast: (text: string, kind?: string) => void}} parts */
export function passwordElement({ toast }) {
  const failure = el('p', { class: 'failure', role: 'alert' });
  const field = (autocomplete) => el('input', { type: 'password', autocomplete, required: true });
  const [old, chosen] = [field('current-password'), field('new-password')];
  const button = el('button', { type: 'submit', class: 'second', textContent: t('password.do') });
  const form = el('form', { class: 'new-password', onsubmit: async (event) => {
    event.preventDefault();
    failure.textContent = '';
    button.disabled = true;
    const byKeys = form.contains(document.activeElement);
    try {
      await post('/api/me/password', { old: old.value, new: chosen.value });
      form.reset();
      place.open = false;
      if (byKeys) summary.focus(); // what had the focus is folded away
      toast(t('password.done'), 'news');
    } catch (refusal) {
      failure.textContent = refusal.message;
      old.focus();
    }
    button.disabled = false;
  } },
  el('p', { textContent: t('password.others') }),
  el('label', { class: 'choice-row' }, `${t('password.old')} `, old), el('label', { class: 'choice-row' }, `${t('password.new')} `, chosen),
  failure, button);
  const summary = el('summary', { textContent: t('password.title') });
  const place = el('details', {}, summary, form);
  return place;
}
