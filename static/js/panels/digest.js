// While you were away: each thing that the agent did or said, with the way to where it happened, and what one may do
// about it: like it, say what one would have said, take it back. Nothing here is made up: all of it comes as stored facts.

import { PRIVATE, WORLD } from '../chat/chat.js';
import { agentMark, el, finish, icon } from '../page/dom.js';
import { locale, t } from '../page/lang.js';
import { deedElement } from './deed.js';
import { withdrawButton } from './forgetting.js';
import { openPanel } from './panel.js';

/**
 * @typedef {{net: import('../net/net.js').Net, world: import('../world/state.js').World, chat: import('../chat/chat.js').Chat,
 *   figures: import('../view/figures.js').Figures, toast: (text: string, kind?: string) => void}} Parts
 */

/** @param {Parts} parts @param {() => void} [closed] called when it has been read */
export function openDigest(digest, parts, closed) {
  openPanel(t('digest.title'), (body) => {
    if (digest.drafted.length) body.append(el('h3', { textContent: t('digest.drafts') }), ...digest.drafted.map((draft) => draftElement(draft, parts)));
    if (digest.deeds.length) body.append(el('h3', { textContent: t('digest.did') }), el('ul', { class: 'deeds' }, ...digest.deeds.map((deed) => deedElement(deed, parts))));
    if (digest.deed_lines > digest.deeds.length) body.append(el('p', { class: 'empty', textContent: t('digest.newest_deeds', { shown: digest.deeds.length, count: digest.deed_lines }) }));
    if (digest.said.length) body.append(el('h3', { textContent: t('digest.said') }));
    if (digest.talks.length) body.append(talksElement(digest.talks));
    if (digest.lines > digest.said.length) body.append(el('p', { class: 'empty', textContent: t('digest.newest', { shown: digest.said.length, count: digest.lines }) }));
    body.append(...digest.said.map((said) => saidElement(said, digest.talks, parts)));
    if (!body.children.length) body.append(el('p', { class: 'empty', textContent: t('digest.quiet') }));
  }, { closed });
}

const when = (time) => new Date(time).toLocaleString(locale(), { dateStyle: 'short', timeStyle: 'short' });

/** What the agent only wrote down: to be sent as it is, sent changed, or thrown away. */
function draftElement({ id, channel, name, text, asked, time }, { net, toast }) {
  const field = el('input', { dir: 'auto', value: text, 'aria-label': t('digest.draft'), maxLength: net.codec.longest('send_draft', 'text') });
  const send = async (words, done) => {
    try {
      await net.request('send_draft', { draft: id, text: words });
      finish(node, el('p', { class: 'empty', role: 'status', textContent: done }));
    } catch (refusal) {
      toast(refusal.message);
    }
  };
  const node = el('article', { class: 'word drafted' },
    asked ? el('blockquote', { dir: 'auto', 'data-message': asked.id }, el('bdi', { textContent: asked.name }), asked.agent ? agentMark(asked.name) : null, ` ${asked.text}`) : null,
    el('small', {}, `${when(time)} · `, el('bdi', { textContent: where(channel, name) })),
    el('form', { class: 'teach', onsubmit: (event) => {
      event.preventDefault();
      if (field.value.trim()) send(field.value.trim(), t('digest.draft_sent'));
    } }, field, el('button', { type: 'submit', textContent: t('chat.send') })),
    el('div', { class: 'judge' }, el('button', { class: 'second small', type: 'button', textContent: t('digest.throw_away'), onclick: () => send('', t('digest.thrown_away')) })));
  return node;
}

const where = (channel, name) => (channel === PRIVATE ? t('digest.privately', { name }) : channel === WORLD ? t('digest.to_world') : t('digest.nearby'));

/** With whom it talked, and how many lines. */
export const talkWords = ({ name, lines }) => t('digest.lines_with', { name, count: lines });

function talksElement(talks) {
  return el('p', { textContent: t('digest.talked', { names: talks.map(talkWords).join(t('list.comma')) }) });
}

function saidElement(said, talks, parts) {
  const { chat } = parts;
  const other = said.to ? talks.find((talk) => talk.id === said.to)?.name ?? '' : '';
  const show = el('button', { class: 'link', type: 'button', textContent: t('digest.show'), onclick: () => chat.showMessage({ channel: said.channel, peer: said.to, name: other, id: said.id }) });
  const node = el('article', { class: 'word' },
    said.asked ? el('blockquote', { dir: 'auto', 'data-message': said.asked.id }, el('bdi', { textContent: said.asked.name }), said.asked.agent ? agentMark(said.asked.name) : null, ` ${said.asked.text}`) : null,
    el('p', { class: 'text', dir: 'auto', textContent: said.text }),
    el('small', {}, `${when(said.time)} · `, el('bdi', { textContent: where(said.channel, other) }), ' · ', show));
  node.append(judgement(said, node, parts));
  return node;
}

/** Like, rewrite, take back. */
function judgement(said, node, { net, toast, chat }) {
  const attempt = async (name, values, done) => {
    try {
      await net.request(name, { message: said.id, ...values });
      done();
    } catch (refusal) {
      toast(refusal.message);
    }
  };
  const like = el('button', { class: 'reaction up', type: 'button', 'aria-pressed': String(said.mine === 1), 'aria-label': t('chat.like'), title: t('digest.well_said'), onclick: () => {
    const value = said.mine === 1 ? 0 : 1;
    attempt('react', { value }, () => {
      said.mine = value;
      like.setAttribute('aria-pressed', String(value === 1));
    });
  } }, icon('like'));
  const field = el('input', { dir: 'auto', value: said.correction || said.text, 'aria-label': t('words.would'), maxLength: net.codec.longest('correct', 'text') });
  const withdraw = withdrawButton(said, chat);
  withdraw.hidden = !said.correction;
  const form = el('form', { class: 'teach', hidden: true, 'data-rewrite': said.id, onsubmit: (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) attempt('correct', { text }, () => {
      form.hidden = true;
      withdraw.hidden = false;
      toast(t('words.taught'), 'news');
    });
  } }, field, el('button', { type: 'submit', textContent: t('words.teach') }));
  form.addEventListener('withdrawn', () => {
    field.value = said.text;
    withdraw.hidden = true;
  });
  const rewrite = el('button', { class: 'second small', type: 'button', textContent: t('digest.rewrite'), onclick: () => {
    form.hidden = !form.hidden;
    if (!form.hidden) field.focus();
  } });
  const undo = el('button', { class: 'second small', type: 'button', textContent: t('digest.take_back'), title: t('digest.take_back_title'), onclick: () => attempt('take_back', {}, () => {
    finish(node, el('p', { class: 'empty', role: 'status', textContent: t('digest.taken_back') }));
  }) });
  return el('div', {}, el('div', { class: 'judge' }, like, rewrite, undo), form, withdraw);
}
