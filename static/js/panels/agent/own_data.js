// What the player can take with them.

import { el } from '../../dom.js';
import { t } from '../../lang.js';

/** @param {{id: number}[]} versions */
export function drawOwnData(place, versions) {
  const link = (href, words) => el('li', {}, el('a', { href, download: '', textContent: words }));
  place.replaceChildren(
    el('p', { textContent: t('data.yours') }),
    el('ul', { class: 'downloads' },
      link('/api/me/words.jsonl', t('data.words')),
      ...versions.map(({ id }) => link(`/api/me/agent/version-${id}.zip`, t('data.version', { version: id })))));
}
