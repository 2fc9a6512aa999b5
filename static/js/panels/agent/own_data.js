// What the player can take with them, and what they can bring from another world.

import { post, upload } from '../../net/api.js';
import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { inOwnWords } from '../../page/sentences.js';
import { askFirst } from '../forgetting.js';

/**
 * @param {{versions: {id: number}[], imported: number}} portrait
 * @param {{toast: (text: string, kind?: string) => void}} parts @param {() => void} changed draws the portrait anew
 */
export function drawOwnData(place, { versions, imported }, { toast }, changed) {
  const brought = el('div');
  const drop = async () => {
    try {
      await post('/api/me/words/forget');
      toast(t('forget.done'), 'news');
      return true;
    } catch (refusal) {
      toast(refusal.message);
      return false;
    }
  };
  const showBrought = (count) => brought.replaceChildren(...(count
    ? [el('p', { textContent: t('data.imported', { count }) }), askFirst(t('data.drop'), t('data.drop_sure'), drop, changed)] : []));
  place.replaceChildren(
    el('p', { textContent: t('data.yours') }),
    downloads(versions),
    el('p', { textContent: t('data.bring') }),
    bringElement(t('data.bring_words'), '.jsonl,.ndjson', async (file) => {
      const { taken, refused } = await upload('/api/me/words', file);
      showBrought(imported += taken);
      return [t('data.taken', { count: taken }), ...refused.map(inOwnWords)];
    }),
    bringElement(t('data.bring_adapter'), '.zip', async (file) => {
      const { version, live } = await upload('/api/me/agent/adapter', file);
      changed();
      const words = live ? t('data.adapter_speaks', { version }) : t('data.adapter_waits', { version });
      toast(words, 'news');
      return [words];
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

/** A file is chosen and sent at once; what came of it stands below. @param {(file: File) => Promise<string[]>} send */
function bringElement(words, accept, send) {
  const told = el('ul', { class: 'told', role: 'status' });
  const field = el('input', { type: 'file', accept, onchange: async () => {
    const [file] = field.files;
    if (!file) return;
    field.disabled = true;
    told.replaceChildren(el('li', { textContent: t('data.reading') }));
    let lines;
    try {
      lines = await send(file);
    } catch (refusal) {
      lines = [refusal.message];
    }
    told.replaceChildren(...lines.map((line) => el('li', { dir: 'auto', textContent: line })));
    field.value = '';
    field.disabled = false;
  } });
  return el('div', { class: 'bring' }, el('label', {}, el('span', { textContent: words }), field), told);
}
