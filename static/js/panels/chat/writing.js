// The line to write in: what it replies to, names and emoji in it, and who else is writing.

import { byId, el, iconButton } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { lengthOf } from '../../net/codec.js';
import { keyFor, onKeys } from '../../input/keys.js';
import { fingers } from '../../input/phone.js';
import { begunMention } from '../../chat/mentions.js';
import { createEmojiPicker } from '../emoji.js';

/**
 * @param {{chat: import('../../chat/chat.js').Chat, world: import('../../world/state.js').World, maxText: number, toast: (text: string) => void,
 *   left: () => void}} parts `left`: the player has done with writing
 */
export function createWriting({ chat, world, maxText, toast, left }) {
  const input = byId('chat-input');
  const others = byId('chat-typing');
  const replyTo = byId('chat-reply');
  iconButton(byId('chat-send'), 'send');
  const emoji = createEmojiPicker(iconButton(byId('chat-emoji'), 'smile'), input);
  replyTo.querySelector('button').addEventListener('click', () => chat.reply(null));
  onKeys(() => {
    input.placeholder = fingers.matches ? t('chat.say_something') : t('chat.press_key', { key: keyFor('talk') });
  });

  byId('chat-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (lengthOf(text) > maxText) {
      toast(t('chat.too_long', { most: maxText, count: lengthOf(text) }));
      return;
    }
    input.value = '';
    emoji.close();
    if (text) chat.say(text);
    else leave();
  });
  input.addEventListener('input', () => input.value && chat.typing(performance.now()));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && chat.replyTo) chat.reply(null);
    else if (event.key === 'Escape') leave();
    else if (event.key === 'Tab' && !event.shiftKey && completeMention()) event.preventDefault();
    event.stopPropagation();
  });

  function leave() {
    input.blur();
    left();
  }

  /** Completes a name that was begun with an @, from those who are near or have spoken here. */
  function completeMention() {
    const begun = begunMention(input.value.slice(0, input.selectionStart));
    if (begun === null) return false;
    const known = [...world.bodies.values(), ...chat.open.messages].map(({ name }) => name).filter((name) => name && name !== world.name);
    const name = known.find((each) => each.toLowerCase().startsWith(begun.toLowerCase()));
    if (!name) return false;
    input.setRangeText(`${name} `, input.selectionStart - begun.length, input.selectionStart, 'end');
    return true;
  }

  return {
    focus: () => input.focus(),

    drawReply(message) {
      replyTo.hidden = !message;
      if (!message) return;
      replyTo.querySelector('span').replaceChildren(t('chat.replying'), ' ', el('bdi', { class: 'name', textContent: message.name }), ' ', el('bdi', { textContent: message.text }));
      input.focus();
    },

    drawOthers() {
      const names = chat.writers(chat.open, performance.now());
      const words = names.length ? t('chat.writing', { count: names.length, names: names.slice(0, 3).join(t('list.comma')) }) : '';
      if (words !== others.textContent) others.textContent = words;
    },
  };
}
