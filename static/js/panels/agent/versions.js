// The agent's versions, and which of them speaks.

import { barChart } from '../../admin/chart.js';
import { el, refill } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { inOwnWords } from '../../page/sentences.js';
import { lessSurprised } from './learnt.js';

/**
 * `chosen`: what speaks now is the player's own choice, and the nights leave it be. What is live but was made for another
 * model does not speak; the base model does.
 */
export function drawVersions(place, { versions, chosen, let_go: letGo }, { choose, followNewest }) {
  const bare = { id: 0, live: !versions.some((v) => v.live && !v.other_model), note: t('version.bare_note') };
  const newestFirst = [...versions].sort((a, b) => b.id - a.id);
  const judged = newestFirst.filter((version) => !version.imported).reverse();
  refill(place,
    chosen ? choiceElement(newestFirst, followNewest) : '',
    ...letGo.map(({ id, time }) => el('p', { class: 'note', textContent: t('version.let_go', { id, when: new Date(time).toLocaleDateString(locale()) }) })),
    ...[...newestFirst, bare].map((version) => versionElement(version, choose)),
    judged.length > 1 ? barChart(t('chart.versions'), judged.map(gainOf), [t('chart.version'), t('chart.less_surprised')]) : '');
}

function gainOf(version) {
  const percent = lessSurprised(version.gain);
  const when = new Date(version.created).toLocaleDateString(locale());
  return { label: `${t('version.title', version)} · ${when}`, value: percent, words: `${percent} %` };
}

function choiceElement(newestFirst, followNewest) {
  const live = newestFirst.find((version) => version.live);
  const newest = newestFirst.find((version) => !version.other_model);
  const waiting = newest && !newest.live && !newest.withdrawn && !newest.waits ? ` ${t('version.waiting', newest)}` : '';
  const chose = !live ? t('version.chose_bare') : live.other_model ? t('version.chose_other', live) : t('version.chose', live);
  return el('div', { class: 'note chosen' }, el('p', { textContent: chose + waiting }),
    el('button', { class: 'second', type: 'button', textContent: t('version.newest'), onclick: followNewest }));
}

function versionElement(version, choose) {
  const title = version.id ? t('version.title', version) : t('version.bare');
  const facts = version.imported ? t('version.imported', { when: new Date(version.created).toLocaleDateString(locale()) })
    : version.id ? t('version.facts', { when: new Date(version.created).toLocaleDateString(locale()), count: version.messages, percent: lessSurprised(version.gain) })
      : version.note;
  const speaks = version.live && !version.other_model;
  return el('div', { class: speaks ? 'version live' : 'version' },
    el('div', {}, el('strong', { textContent: title }), el('small', { textContent: facts }),
      version.imported && version.note ? el('small', { dir: 'auto', textContent: inOwnWords(version.note) }) : null,
      version.waits ? el('small', { textContent: t('version.waits') }) : null,
      version.withdrawn ? el('small', { class: 'withdrawn', textContent: t('version.withdrawn', { reason: inOwnWords(version.withdrawn) }) }) : null,
      version.other_model ? el('small', { class: 'misfit', textContent: t('version.other_model') }) : null),
    speaks
      ? el('span', { class: 'badge', textContent: t('version.speaks') })
      : version.other_model ? null : el('button', { class: 'second', type: 'button', textContent: version.id ? t('version.use') : t('version.use_bare'), onclick: () => choose(version.id) }));
}
