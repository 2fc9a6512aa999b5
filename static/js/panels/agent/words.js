// What the agent said, and what its player would have said instead.

import { el } from '../../dom.js';

export async function drawWords(place, parts, before) {
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
    if (!text) {
      toast('Write what you would have said; then your agent learns it.');
      field.focus();
      return;
    }
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
