// Says how the connection is when it is not there, and what can be done about it.

import { byId, el } from '../page/dom.js';
import { t } from '../page/lang.js';
import { FULL } from '../net/net.js';
import { inOwnWords } from '../page/sentences.js';

const PATIENCE = 600; // ms; a break shorter than this is not worth a word

/** @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, account: {ask: Function, start?: Function}}} parts */
export function createConnectionNotice({ net, account }) {
  const notice = byId('notice');
  const { not_logged_in: loggedOut, elsewhere, locked } = net.codes;
  let timer = 0;

  function tell(...content) {
    notice.replaceChildren(...content);
    notice.hidden = content.length === 0;
  }

  net.onState = (state, code, reason) => {
    if (state === 'connecting') return; // which may come to nothing: what there is to say of the break still holds
    clearTimeout(timer);
    if (state === 'open') {
      byId('hud').hidden = false;
      tell();
    } else if (code === loggedOut) {
      byId('hud').hidden = true;
      tell();
      account.ask(reason === inOwnWords('Log in first.') ? t('connection.log_in_again') : reason);
    } else if (code === locked) {
      byId('hud').hidden = true;
      tell();
      account.start(); // asks who this is, and is told the admin's reason
    } else if (code === elsewhere) {
      const here = el('button', { type: 'button', textContent: t('connection.play_here'), onclick: () => net.open() });
      tell(el('p', { textContent: t('connection.elsewhere') }), here);
    } else {
      const words = `${reason || t('connection.lost')} ${code === FULL ? t('connection.tries_again') : t('connection.coming_back')}`;
      const say = () => tell(el('p', { textContent: words }));
      if (notice.hidden) timer = setTimeout(say, PATIENCE);
      else if (notice.textContent !== words) say(); // the same again would be read out again
    }
  };
}
