// One's own agent: how the model is, what the agent said and what one would have said instead, its versions, and which
// private talks it may learn from.

import { get, post } from '../api.js';
import { el } from '../dom.js';
import { lifeElement } from './homecoming.js';
import { togglePanel } from './panel.js';

/**
 * @param {{net: import('../net.js').Net, world: import('../state.js').World, chat: import('../chat.js').Chat,
 *   figures: import('../figures.js').Figures, toast: (text: string, kind?: string) => void}} parts
 */
export function openAgent(parts) {
  let deaf = () => {};
  togglePanel('My agent', async (body) => {
    const places = { state: el('div'), words: el('div'), versions: el('div'), consent: el('div') };
    body.append(places.state, lifeElement(parts),
      el('h3', { textContent: 'What it said' }), places.words,
      el('h3', { textContent: 'Versions' }), places.versions,
      el('h3', { textContent: 'Private talk' }), places.consent);
    let { state } = parts.world.model;
    deaf = parts.world.on('model', (model) => {
      const note = places.state.querySelector('p.note');
      if (note) note.textContent = model.note; // while a model is fetched, every second
      if (model.state !== state) drawPortrait(places, parts);
      ({ state } = model);
    });
    drawWords(places.words, parts, 0);
    await drawPortrait(places, parts);
  }, { closed: () => deaf() });
}

async function drawPortrait(places, parts) {
  let portrait;
  try {
    portrait = await get('/api/me/agent');
  } catch (refusal) {
    places.state.replaceChildren(el('p', { class: 'failure', textContent: refusal.message }));
    return;
  }
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
  drawVersions(places.versions, portrait, {
    choose: (version) => change('/api/me/agent/live', { version },
      version ? 'This version speaks for you now.' : 'Your agent speaks as the bare model now.'),
    followNewest: () => change('/api/me/agent/newest', {}, 'Your agent speaks with its newest version now.'),
  });
  drawConsent(places.consent, portrait, parts);
}

function drawState(place, { model, own_messages: own, needed, report }) {
  const words = {
    loading: 'Agents are still waking up.',
    ready: `Awake, speaking with ${model.name}.`,
    failed: 'Agents cannot speak at the moment.',
  }[model.state] ?? model.state;
  const learnt = own >= needed
    ? `It learns every night from what you write; so far you have written ${own} messages.`
    : `It needs ${needed} messages of yours before it learns to speak like you; so far there are ${own}.`;
  place.replaceChildren(
    el('p', {}, el('span', { class: 'agent-mark' }), ` ${words}`),
    model.note ? el('p', { class: 'note', textContent: model.note }) : '',
    el('progress', { max: needed, value: Math.min(own, needed), 'aria-label': 'Messages to learn from' }),
    el('p', { textContent: learnt }),
    report ? reportElement(report) : '',
  );
}

/** What the last training came to, how many messages it went by, and which it left out and why. */
function reportElement({ time, reason, messages, left_out: leftOut, left_out_because: because }) {
  const when = new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const count = messages === 1 ? '1 message' : `${messages} messages`;
  const words = messages || leftOut
    ? `The last training (${when}) went by ${count} of yours and left out ${leftOut}${leftOut ? ':' : '.'}`
    : `The last training was at ${when}.`;
  return el('section', { class: 'note report', 'aria-label': 'The last training' },
    el('p', { textContent: words }),
    leftOut ? el('ul', {}, ...because.map((words) => el('li', { textContent: words }))) : '',
    el('p', { textContent: reason }));
}

async function drawWords(place, parts, before) {
  let page;
  try {
    page = await parts.net.request('agent_words', { before });
  } catch (refusal) {
    place.append(el('p', { class: 'failure', textContent: refusal.message }));
    return;
  }
  place.querySelector('.more')?.remove();
  if (!before && !page.words.length) {
    place.append(el('p', { class: 'empty', textContent: 'Nothing yet. When you are away, your agent answers for you, and here you can put its words right.' }));
  }
  for (const word of page.words) place.append(wordElement(word, parts));
  if (page.more) {
    const oldest = Math.min(...page.words.map((word) => word.id));
    place.append(el('button', { class: 'more link', type: 'button', textContent: 'Earlier words', onclick: () => drawWords(place, parts, oldest) }));
  }
}

function wordElement(word, { net, toast }) {
  const when = new Date(word.time).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' });
  const wrote = word.version ? `version ${word.version}` : 'the bare model';
  const field = el('input', { dir: 'auto', value: word.correction, placeholder: 'I would have said …', 'aria-label': 'I would have said', maxLength: 500 });
  const send = el('button', { type: 'submit', class: 'second', textContent: word.correction ? 'Change' : 'Teach' });
  const form = el('form', { class: 'teach' }, field, send);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    try {
      await net.request('correct', { message: word.id, text });
      send.textContent = 'Change';
      form.classList.add('taught');
      toast('Your agent will learn from this.', 'news');
    } catch (refusal) {
      toast(refusal.message);
    }
  });
  if (word.correction) form.classList.add('taught');
  const liked = word.likes || word.dislikes ? ` · liked by ${word.likes}, disliked by ${word.dislikes}` : '';
  return el('article', { class: 'word' },
    word.prompted_by ? el('blockquote', { dir: 'auto', textContent: word.prompted_by }) : null,
    el('p', { class: 'text', dir: 'auto', textContent: word.text }),
    el('small', { textContent: `${when} · ${wrote}${liked}` }), form);
}

/** `chosen`: what speaks now is the player's own choice, and the nights leave it be. */
function drawVersions(place, { versions, chosen }, { choose, followNewest }) {
  const bare = { id: 0, live: !versions.some((v) => v.live), note: 'the model as it came, without what it learnt from you' };
  const newestFirst = [...versions].sort((a, b) => b.id - a.id);
  place.replaceChildren(
    chosen ? choiceElement(newestFirst, bare.live, followNewest) : '',
    ...[...newestFirst, bare].map((version) => versionElement(version, choose)));
}

function choiceElement(newestFirst, bare, followNewest) {
  const live = newestFirst.find((version) => version.live);
  const waiting = newestFirst.length && !newestFirst[0].live ? ` Version ${newestFirst[0].id} is waiting.` : '';
  const words = `You chose ${bare ? 'the bare model' : `version ${live.id}`}, so it stays: your agent goes on learning every night, but a new version does not speak until you say so.${waiting}`;
  return el('div', { class: 'note chosen' }, el('p', { textContent: words }),
    el('button', { class: 'second', type: 'button', textContent: 'Always use the newest', onclick: followNewest }));
}

/** How much lower the perplexity is, in per cent, for a gain in nats per token. */
const lessSurprised = (gain) => Math.round(100 * (1 - Math.exp(-gain)));

function versionElement(version, choose) {
  const title = version.id ? `Version ${version.id}` : 'Bare model';
  const facts = version.id
    ? `${new Date(version.created).toLocaleDateString()} · from ${version.messages} messages · ${lessSurprised(version.gain)} % less surprised by your newest words`
    : version.note;
  return el('div', { class: version.live ? 'version live' : 'version' },
    el('div', {}, el('strong', { textContent: title }), el('small', { textContent: facts })),
    version.live
      ? el('span', { class: 'badge', textContent: 'speaks now' })
      : el('button', { class: 'second', type: 'button', textContent: version.id ? 'Use this one' : 'Use the bare model', onclick: () => choose(version.id) }));
}

function drawConsent(place, portrait, { chat, net, toast }) {
  const allowed = new Set(portrait.private_consent);
  const partners = [...chat.conversations.values()].filter((conversation) => conversation.channel === 2);
  place.replaceChildren(el('p', { textContent: 'Your agent learns from a private talk only if both of you say yes.' }));
  if (!partners.length) place.append(el('p', { class: 'empty', textContent: 'There is no private talk yet.' }));
  for (const { peer, name } of partners) {
    const box = el('input', { type: 'checkbox', checked: allowed.has(peer) });
    box.addEventListener('change', async () => {
      try {
        await net.request('consent', { peer, allowed: box.checked });
      } catch (refusal) {
        box.checked = !box.checked;
        toast(refusal.message);
      }
    });
    place.append(el('label', { class: 'choice-row' }, box, ' Learn from my talk with ', el('bdi', { textContent: name })));
  }
}
