// What a spectator can do besides looking around: follow one after the other of those who are awake, log in.

import { agentMark, byId, el, iconButton } from '../page/dom.js';
import { fingers } from '../input/phone.js';
import { t } from '../page/lang.js';
import { AGENT, PLAYER } from '../world/state.js';
import { peopleNear } from './around.js';

const LISTED_FOR = 10_000; // ms that a list of who is awake is believed
const TELL_EVERY = 4000; // ms between two words on who is near

/**
 * @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, eye: import('../input/eye.js').Eye,
 *   camera: import('../view/camera.js').Camera, figures: import('../view/figures.js').Figures, toast: (text: string) => void}} parts
 */
export function createWatch({ net, world, eye, camera, figures, toast }) {
  const who = byId('watch-who');
  byId('watch-hint').textContent = fingers.matches ? t('watch.hint.touch') : t('watch.hint');
  let listed = { people: [], at: -Infinity };
  let toldAt = 0;

  async function awake() {
    if (performance.now() - listed.at < LISTED_FOR) return listed.people;
    const { people } = await net.request('people');
    people.sort((a, b) => (a.driver !== PLAYER) - (b.driver !== PLAYER) || a.name.localeCompare(b.name));
    listed = { people, at: performance.now() };
    return people;
  }

  /** On to the next of those who are awake, or back to the one before. */
  async function turn(by) {
    try {
      const people = await awake();
      if (!people.length) toast(t('watch.nobody'));
      const now = people.findIndex(({ id }) => id === eye.followed);
      const next = people.at(now < 0 ? Math.min(0, by) : (now + by) % people.length);
      if (next && next.id !== eye.followed) eye.follow(next.id);
    } catch (refusal) {
      toast(refusal.message);
    }
  }

  function draw() {
    const { followed } = eye;
    const body = world.bodies.get(followed) ?? listed.people.find(({ id }) => id === followed);
    byId('watch-free').hidden = !followed;
    byId('watch-hint').hidden = Boolean(followed);
    if (body) who.textContent = t('watch.following', { name: body.name });
    else who.textContent = net.welcomed ? t('watch.watching') : ''; // nobody who is not let in watches
    if (body?.driver === AGENT) who.append(' ', agentMark(body.name));
  }

  eye.changed = draw;
  net.on('welcome', draw);
  world.on('bodies', (bodies) => bodies.some(({ id }) => id === eye.followed) && draw());
  net.on('driver', ({ id }) => id === eye.followed && draw());
  iconButton(byId('watch-previous'), 'back').addEventListener('click', () => turn(-1));
  iconButton(byId('watch-next'), 'on').addEventListener('click', () => turn(1));
  byId('watch-free').addEventListener('click', () => eye.letGo());
  const measure = () => { camera.free = byId('watch').getBoundingClientRect().top; };
  new ResizeObserver(measure).observe(byId('watch'));
  addEventListener('resize', measure);
  byId('zoom-in').addEventListener('click', () => camera.zoomBy(1));
  byId('zoom-out').addEventListener('click', () => camera.zoomBy(-1));
  draw();

  return {
    turn,
    /** Words on who is near, for those who listen; called once a frame. */
    tell(now) {
      if (now - toldAt < TELL_EVERY) return;
      toldAt = now;
      const words = peopleNear(figures.list, figures.list.find(({ body }) => body.id === eye.followed) ?? eye);
      if (byId('around').textContent !== words) byId('around').textContent = words;
    },
    /** The server lets nobody watch: why, and what is left to do. */
    turnedAway(reason) {
      byId('notice').replaceChildren(el('p', { textContent: reason }), el('a', { class: 'button', href: '/', textContent: t('watch.enter') }));
      byId('notice').hidden = false;
    },
  };
}
