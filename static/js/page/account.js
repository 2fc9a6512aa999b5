// Who is playing: the card with name and password, the session that is still there, logging out.

import { fingers } from '../input/phone.js';
import { get, post } from '../net/api.js';
import { byId } from './dom.js';
import { keep, recall } from './keep.js';
import { drawLocked } from '../panels/locked.js';

/** @param {import('../net/net.js').Net} net opened once somebody is logged in */
export function createAccount(net) {
  const card = byId('account');
  const error = byId('account-error');
  const name = byId('account-name');
  const password = byId('account-password');

  function enter() {
    keep('known', true);
    password.value = '';
    card.hidden = true;
    byId('account-locked').replaceChildren();
    document.activeElement?.blur();
    net.open();
  }

  byId('account-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    error.textContent = '';
    const way = event.submitter?.value ?? 'login';
    busy(card, true);
    try {
      await post(`/api/${way}`, { name: name.value.trim(), password: password.value });
      enter();
    } catch (refusal) {
      error.textContent = refusal.message;
      if (refusal.locked) showLocked();
      else name.focus();
    } finally {
      busy(card, false);
    }
  });

  function showLocked() {
    keep('known', true);
    password.value = '';
    drawLocked(byId('account-locked'), leave);
  }

  /** To whom nobody ever was here, creating a player is offered first: what stands first is what Enter does. */
  function offer() {
    const [login, register] = ['account-login', 'account-register'].map(byId);
    const newcomer = !register.hidden && recall('known', null) === null;
    login.classList.toggle('second', newcomer);
    register.classList.toggle('second', !newcomer);
    login.parentElement.prepend(newcomer ? register : login);
  }

  async function leave() {
    net.leave(); // or the end of the session would be told to who asked for it
    await post('/api/logout').catch(() => {});
    keep('known', false);
    location.reload();
  }

  return {
    leave,
    /** Plays on with the session of an earlier visit, or shows the card. A first visit need not ask. */
    async start() {
      if (recall('known', false)) {
        try {
          await get('/api/me');
          return enter();
        } catch (refusal) {
          if (refusal.status === 401) keep('known', false);
          else error.textContent = refusal.message;
          if (refusal.status === 403) showLocked(); // of who is known only those who are locked are refused
        }
      }
      this.ask();
    },
    ask(reason = '') {
      offer();
      card.hidden = false;
      if (reason) error.textContent = reason;
      if (!fingers.matches) name.focus();
    },
  };
}

function busy(card, on) {
  for (const control of card.querySelectorAll('button')) control.disabled = on;
}
