// The agent's versions, and which of them speaks.

import { el } from '../../dom.js';
import { lessSurprised } from './learnt.js';

/** `chosen`: what speaks now is the player's own choice, and the nights leave it be. */
export function drawVersions(place, { versions, chosen }, { choose, followNewest }) {
  const bare = { id: 0, live: !versions.some((v) => v.live), note: 'the model as it came, without what it learnt from you' };
  const newestFirst = [...versions].sort((a, b) => b.id - a.id);
  place.replaceChildren(
    chosen ? choiceElement(newestFirst, bare.live, followNewest) : '',
    ...[...newestFirst, bare].map((version) => versionElement(version, choose)));
}

function choiceElement(newestFirst, bare, followNewest) {
  const live = newestFirst.find((version) => version.live);
  const waiting = newestFirst.length && !newestFirst[0].live && !newestFirst[0].withdrawn ? ` Version ${newestFirst[0].id} is waiting.` : '';
  const words = `You chose ${bare ? 'the bare model' : `version ${live.id}`}, so it stays: your agent goes on learning every night, but a new version does not speak until you say so.${waiting}`;
  return el('div', { class: 'note chosen' }, el('p', { textContent: words }),
    el('button', { class: 'second', type: 'button', textContent: 'Always use the newest', onclick: followNewest }));
}

function versionElement(version, choose) {
  const title = version.id ? `Version ${version.id}` : 'Bare model';
  const facts = version.id
    ? `${new Date(version.created).toLocaleDateString()} · from ${version.messages} messages · ${lessSurprised(version.gain)} % less surprised by your newest words`
    : version.note;
  return el('div', { class: version.live ? 'version live' : 'version' },
    el('div', {}, el('strong', { textContent: title }), el('small', { textContent: facts }),
      version.withdrawn ? el('small', { class: 'withdrawn', textContent: `Taken back: ${version.withdrawn}` }) : null),
    version.live
      ? el('span', { class: 'badge', textContent: 'speaks now' })
      : el('button', { class: 'second', type: 'button', textContent: version.id ? 'Use this one' : 'Use the bare model', onclick: () => choose(version.id) }));
}
