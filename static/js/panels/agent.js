// One's own agent: how the model is, what the agent said, what it learnt, its versions, how its player
// writes, which private talks it may learn from, and what can be taken along. Each part has a file of its own in agent/.

import { get, post } from '../net/api.js';
import { el, refill } from '../page/dom.js';
import { conductElement } from './agent/conduct.js';
import { drawConsent } from './agent/consent.js';
import { drawLearnt } from './agent/learnt.js';
import { downloads, drawOwnData } from './agent/own_data.js';
import { drawOwnWords } from './agent/own_words.js';
import { drawProfile } from './agent/profile.js';
import { drawState } from './agent/state.js';
import { drawVersions } from './agent/versions.js';
import { drawWords } from './agent/words.js';
import { t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';
import { lifeElement } from './homecoming.js';
import { togglePanel } from './panel.js';

/**
 * @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, chat: import('../chat/chat.js').Chat,
 *   figures: import('../view/figures.js').Figures, toast: (text: string, kind?: string) => void}} parts
 */
export function openAgent(parts) {
  let deaf = () => {};
  togglePanel(t('agent.title'), async (body) => {
    const places = { state: el('div'), words: el('div'), learnt: el('div'), versions: el('div'), profile: el('div'), own: el('div'), consent: el('div'), downloads: el('div'), data: el('div') };
    const own = el('details', {}, el('summary', { textContent: t('forget.list') }), places.own);
    own.addEventListener('toggle', () => drawOwnWords(places.own, parts), { once: true });
    body.append(places.state, lifeElement(parts), conductElement(parts, () => drawPortrait(places, parts)),
      el('h3', { textContent: t('agent.said') }), places.words,
      el('h3', { textContent: t('agent.learnt') }), places.learnt,
      el('h3', { textContent: t('agent.versions') }), places.versions,
      el('h3', { textContent: t('agent.profile') }), places.profile,
      own,
      el('h3', { textContent: t('agent.private') }), places.consent,
      el('h3', { textContent: t('data.title') }), el('p', { textContent: t('data.yours') }), places.downloads, places.data);
    let { state } = parts.world.model;
    deaf = parts.world.on('model', (model) => {
      const note = places.state.querySelector('p.note');
      if (note) note.textContent = inOwnWords(model.note); // while a model is fetched, every second
      if (model.state !== state) drawPortrait(places, parts);
      ({ state } = model);
    });
    drawWords(places.words, parts, 0);
    await drawPortrait(places, parts);
  }, { closed: () => deaf() });
}

/**
 * Draws what the server says of the agent. What the model's waking or a change of version leaves as it is, is drawn once:
 * what the player ticks, or is asked there, would be taken back by words that were older.
 */
async function drawPortrait(places, parts) {
  const number = places.asked = (places.asked ?? 0) + 1;
  let portrait;
  try {
    portrait = await get('/api/me/agent');
  } catch (refusal) {
    if (number !== places.asked) return;
    places.state.querySelector('.failure')?.remove();
    places.state.append(el('p', { class: 'failure', role: 'alert', textContent: refusal.message })); // what was known before stays
    return;
  }
  if (number !== places.asked) return; // one that was asked for later is on its way
  drawState(places.state, portrait);
  const change = async (path, body, done) => {
    try {
      await post(path, body);
      parts.toast(done, 'news');
    } catch (refusal) {
      parts.toast(refusal.message);
    }
    await drawPortrait(places, parts);
  };
  const acts = {
    choose: (version) => change('/api/me/agent/live', { version },
      version ? t('agent.version_speaks') : t('agent.bare_speaks')),
    followNewest: () => change('/api/me/agent/newest', {}, t('agent.newest_speaks')),
  };
  drawLearnt(places.learnt, portrait, acts);
  drawVersions(places.versions, portrait, acts);
  drawProfile(places.profile, portrait.profile);
  if (!places.consent.hasChildNodes()) drawConsent(places.consent, portrait, parts);
  refill(places.downloads, downloads(portrait.versions));
  if (!places.data.hasChildNodes()) drawOwnData(places.data, portrait, parts, () => drawPortrait(places, parts));
}
