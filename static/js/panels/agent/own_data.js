// What the player can take with them, and what they can bring from another world.

import { get, post, upload } from '../../net/api.js';
import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { inOwnWords } from '../../page/sentences.js';
import { askFirst } from '../forgetting.js';

const LOOK_MS = 2000; // between two looks at an adapter that is to be judged
const ADAPTER = '/api/me/agent/adapter';

/**
 * Drawn once: what is asked, chosen or told here would be gone with it.
 * @param {{imported: number}} portrait
 * @param {{toast: (text: string, kind?: string) => void}} parts @param {() => void} changed draws what else the portrait shows anew
 */
export function drawOwnData(place, { imported }, { toast }, changed) {
  const brought = el('div');
  const judged = async (tell) => {
    const { version, live, reason } = await untilJudged(tell);
    if (!version) return [inOwnWords(reason)];
    const words = live ? t('data.adapter_speaks', { version }) : t('data.adapter_waits', { version });
    toast(words, 'news');
    changed();
    return []; // why stands beside the version
  };
  const drop = async () => {
    try {
      await post('/api/me/words/forget');
      toast(t('forget.done'), 'news');
      imported = 0;
      return true;
    } catch (refusal) {
      toast(refusal.message);
      return false;
    }
  };
  const showBrought = (count) => brought.replaceChildren(...(count
    ? [el('p', { textContent: t('data.imported', { count }) }), askFirst(t('data.drop'), t('data.drop_sure'), drop, dropped)] : []));
  const dropped = () => {
    showBrought(imported);
    changed();
  };
  place.replaceChildren(
    el('p', { textContent: t('data.bring') }),
    bringElement(t('data.bring_words'), '.jsonl,.ndjson', async (file) => {
      const { taken, refused } = await upload('/api/me/words', file);
      showBrought(imported += taken);
      return [t('data.taken', { count: taken }), ...refused.map(inOwnWords)];
    }),
    bringElement(t('data.bring_adapter'), '.zip', async (file, tell) => {
      await upload(ADAPTER, file);
      return judged(tell);
    }, async (tell) => {
      const { state, version, reason } = await get(ADAPTER);
      if (state === 'none' || version) return [];
      return state === 'done' ? [inOwnWords(reason)] : judged(tell);
    }),
    brought);
  showBrought(imported);
}

/** What can be taken along, as links. @param {{id: number}[]} versions of the agent */
export function downloads(versions) {
  const link = (href, words) => el('li', {}, el('a', { href, download: '', textContent: words }));
  return el('ul', { class: 'downloads' },
    link('/api/me/words.jsonl', t('data.words')),
    ...versions.map(({ id }) => link(`/api/me/agent/version-${id}.zip`, t('data.version', { version: id }))));
}

/**
 * Says at what the server is with an adapter, and what came of it once it is judged. A line that fails is not the end of
 * that, but the page may be gone meanwhile: then nobody is told any more.
 *
 * @param {(line: string) => boolean} tell
 */
async function untilJudged(tell) {
  const words = { arriving: t('data.reading'), waiting: t('data.adapter_queued'), judging: t('data.adapter_judged') };
  for (;;) {
    let line;
    try {
      const found = await get(ADAPTER);
      if (found.state === 'done') return found;
      if (found.state === 'none') throw new Error(t('data.adapter_lost'));
      line = words[found.state];
    } catch (refusal) {
      if (refusal.status !== 0) throw refusal;
      line = refusal.message;
    }
    if (!tell(line)) return new Promise(() => {});
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
}

/**
 * A file is chosen and sent at once; what comes of it stands below, also of one that was sent before.
 *
 * @param {(file: File, tell: (line: string) => boolean) => Promise<string[]>} send `tell` shows how far it is; false once
 *   the page is gone
 * @param {((tell: (line: string) => boolean) => Promise<string[]>) | null} before
 */
function bringElement(words, accept, send, before = null) {
  const told = el('div', { class: 'told', role: 'status' }); // a list that is a status is none to who hears the page
  const show = (lines) => told.replaceChildren(...(lines.length
    ? [el('ul', {}, ...lines.map((line) => el('li', { dir: 'auto', textContent: line })))] : []));
  const tell = (line) => {
    if (told.textContent !== line) show([line]); // said once, not every two seconds
    field.disabled = true;
    return told.isConnected;
  };
  let followed = 0;
  const following = async (telling) => {
    const number = ++followed;
    const lines = await telling.catch((refusal) => [refusal.message]);
    if (number !== followed) return; // a file was chosen meanwhile: what becomes of that is told
    show(lines);
    field.value = '';
    field.disabled = false;
  };
  const field = el('input', { type: 'file', accept, onchange: () => {
    const [file] = field.files;
    if (!file) return;
    tell(t('data.reading'));
    following(send(file, tell));
  } });
  if (before) following(before(tell));
  return el('div', { class: 'bring' }, el('label', {}, el('span', { textContent: words }), field), told);
}
