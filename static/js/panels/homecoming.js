// On return: a card that says whether the agent did or said anything meanwhile, and the way back to it from the agent's
// own panel. What it was is told by digest.js.

import { get, post } from '../net/api.js';
import { byId, el } from '../page/dom.js';
import { keep, recall } from '../page/keep.js';
import { locale, t } from '../page/lang.js';
import { deedWords } from './deed.js';
import { openDigest, talkWords } from './digest.js';

/** @param {import('./digest.js').Parts} parts */
export function createHomecoming(parts) {
  const card = byId('homecoming');
  let digest = null;
  const put = (name, act) => byId(name).addEventListener('click', act);

  async function look() {
    try {
      digest = await get('/api/me/digest');
    } catch {
      return; // nothing is lost: it is there on the next return, and in the agent's panel
    }
    byId('homecoming-words').textContent = inShort(digest);
    const { you, time } = recall('homecoming', {});
    card.hidden = isEmpty(digest) || (you === parts.world.you && newest(digest) <= time);
  }

  /** It comes back when there is more to tell, not with the next connection. */
  function answered() {
    card.hidden = true;
    keep('homecoming', { you: parts.world.you, time: digest.time });
  }

  parts.net.on('welcome', look);
  put('homecoming-close', answered);
  put('homecoming-show', () => {
    const shown = digest; // the next welcome brings another, which nobody has read when this one is closed
    answered();
    openDigest(shown, parts, () => read(shown));
  });
}

/** A button for the agent's panel: what has not been read yet, or else what was read last. Not for who was never away. */
export function lifeElement(parts) {
  const button = el('button', { class: 'second', type: 'button', hidden: true, textContent: t('digest.title_now'), onclick: async () => {
    try {
      const unread = await get('/api/me/digest');
      const last = isEmpty(unread) ? await get('/api/me/digest/last') : null;
      if (!button.isConnected) return; // another panel is open meanwhile: it stays
      if (last) openDigest(last, parts);
      else openDigest(unread, parts, () => read(unread));
    } catch (refusal) {
      parts.toast(refusal.message);
    }
  } });
  get('/api/me/digest').then((digest) => { button.hidden = isEmpty(digest) && !digest.read_before; }, () => {});
  return button;
}

const read = ({ message, time }) => post('/api/me/digest/read', { message, time }).catch(() => {});

const isEmpty = ({ lines, deeds, drafted }) => lines + deeds.length + drafted.length === 0;

/** When the last of it happened. */
const newest = ({ said, deeds, drafted }) => Math.max(...[...said, ...deeds, ...drafted].map(({ time }) => time));

function inShort({ lines, talks, deeds, deed_lines: done, drafted }) {
  const said = lines && t('digest.spoke', { count: lines });
  const talked = talks.length && t('digest.talked', { names: some(talks.map(talkWords)) }); // not all that is said is said to somebody
  const did = deeds.length && t('digest.deeds', { deeds: some(deeds.map(deedWords), done) });
  const waits = drafted.length && t('digest.drafted', { count: drafted.length });
  return [t('digest.while_away'), said, talked, did, waits].filter(Boolean).join(' ');
}

/** The first three of a list in words, and how many more there are. */
function some(list, all = list.length) {
  const more = all - 3;
  return new Intl.ListFormat(locale()).format(more > 0 ? [...list.slice(0, 3), t('digest.more', { count: more })] : list);
}
