// The agent's versions, and which of them speaks.

import { barChart } from '../../admin/chart.js';
import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { inOwnWords } from '../../page/sentences.js';
import { lessSurprised } from './learnt.js';

/** `chosen`: what speaks now is the player's own choice, and the nights leave it be. */
export function drawVersions(place, { versions, chosen, let_go: letGo }, { choose, followNewest }) {
  const bare = { id: 0, live: !versions.some((v) => v.live), note: t('version.bare_note') };
  const newestFirst = [...versions].sort((a, b) => b.id - a.id);
  const judged = newestFirst.filter((version) => !version.imported).reverse();
  place.replaceChildren(
    chosen ? choiceElement(newestFirst, bare.live, followNewest) : '',
    ...letGo.map(({ id, time }) => el('p', { class: 'note', textContent: t('version.let_go', { id, when: new Date(time).toLocaleDateString(locale()) }) })),
    ...[...newestFirst, bare].map((version) => versionElement(version, choose)),
    judged.length > 1 ? barChart(t('chart.versions'), judged.map(gainOf), [t('chart.version'), t('chart.less_surprised')]) : '');
}

function gainOf(version) {
  const percent = lessSurprised(version.gain);
  const when = new Date(version.created).toLocaleDateString(locale());
  return { label: `${t('version.title', version)} · ${when}`, value: percent, words: `${percent} %` };
}

function choiceElement(newestFirst, bare, followNewest) {
  const live = newestFirst.find((version) => version.live);
  const waiting = newestFirst.length && !newestFirst[0].live && !newestFirst[0].withdrawn && !newestFirst[0].waits ? ` ${t('version.waiting', newestFirst[0])}` : '';
  const words = (bare ? t('version.chose_bare') : t('version.chose', { id: live.id })) + waiting;
  return el('div', { class: 'note chosen' }, el('p', { textContent: words }),
    el('button', { class: 'second', type: 'button', textContent: t('version.newest'), onclick: followNewest }));
}

function versionElement(version, choose) {
  const title = version.id ? t('version.title', version) : t('version.bare');
  const facts = version.imported ? t('version.imported', { when: new Date(version.created).toLocaleDateString(locale()) })
    : version.id ? t('version.facts', { when: new Date(version.created).toLocaleDateString(locale()), count: version.messages, percent: lessSurprised(version.gain) })
      : version.note;
  return el('div', { class: version.live ? 'version live' : 'version' },
    el('div', {}, el('strong', { textContent: title }), el('small', { textContent: facts }),
      version.imported && version.note ? el('small', { dir: 'auto', textContent: inOwnWords(version.note) }) : null,
      version.waits ? el('small', { textContent: t('version.waits') }) : null,
      version.withdrawn ? el('small', { class: 'withdrawn', textContent: t('version.withdrawn', { reason: inOwnWords(version.withdrawn) }) }) : null),
    version.live
      ? el('span', { class: 'badge', textContent: t('version.speaks') })
      : el('button', { class: 'second', type: 'button', textContent: version.id ? t('version.use') : t('version.use_bare'), onclick: () => choose(version.id) }));
}
