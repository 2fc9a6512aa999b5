// Taking back the version that speaks for somebody, by their name: which it is, and what speaks then, is asked first.

import { get, post } from '../net/api.js';
import { byId } from '../page/dom.js';
import { t } from '../page/lang.js';
import { ask } from './sure.js';

/** The form. @param {() => Promise<void>} changed draws anew @param {(sentence?: string) => void} complain */
export function withdrawByName(changed, complain) {
  const [form, name, place] = ['withdraw', 'withdraw-name', 'withdraw-sure'].map(byId);
  const back = () => {
    place.replaceChildren();
    name.focus();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const { player, version, before } = await get(`/api/admin/live?player=${encodeURIComponent(name.value.trim())}`);
      complain();
      const question = before ? t('withdraw.sure', { name: player, version, before }) : t('withdraw.sure_bare', { name: player, version });
      ask(place, { question, yes: t('admin.go_back') }, () => post('/api/admin/withdraw', { player, version }), back, async () => {
        form.reset();
        back();
        await changed();
      });
    } catch (refusal) {
      place.replaceChildren();
      complain(refusal.message);
    }
  });
}
