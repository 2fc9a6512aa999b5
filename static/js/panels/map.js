// The map: the ground that one has explored, the landmarks one knows where they are, and the same as a list. A click sets
// the mark, as does choosing a landmark in the list; a button leads there.

import { el } from '../page/dom.js';
import { codesOf } from '../input/keys.js';
import { t } from '../page/lang.js';
import { MapView } from '../view/mapview.js';
import { wayTo } from './around.js';
import { handle } from './map/handling.js';
import { createNames } from './map/names.js';
import { MapPicture } from './map/picture.js';
import { closePanel, togglePanel } from './panel.js';

const EVERY = 250; // ms between two looks at who walks where
const LISTED = 60; // landmarks, the nearest

/**
 * @typedef {{world: import('../world/state.js').World, land: import('../world/land.js').Land, figures: import('../view/figures.js').Figures,
 *   friends: import('../chat/friends.js').Friends, explored: import('../world/explored.js').Explored,
 *   landmarks: import('../world/landmarks.js').Landmarks, toast: (text: string, kind?: string) => void,
 *   goTo: (tile: {x: number, y: number}) => void}} Parts
 */

/** @param {Parts} parts */
export function openMap(parts) {
  const { world, figures, explored, landmarks, toast } = parts;
  let close = () => {};
  togglePanel(t('map.title'), (body) => {
    const view = new MapView();
    const canvas = el('canvas', { tabIndex: 0, role: 'application', 'aria-label': t('map.keys') });
    const frame = el('div', { class: 'atlas' }, canvas);
    const names = createNames(frame);
    const button = (words, act, sign = words) => el('button', { class: 'second', type: 'button', textContent: sign, title: words, 'aria-label': words, onclick: act });
    const unmark = el('button', { class: 'second', type: 'button', textContent: t('map.unmark'), onclick: () => mark(null) });
    const lead = el('button', { type: 'button', textContent: t('map.go'), onclick: () => { closePanel(); parts.goTo(world.mark); } });
    const list = el('ul', { class: 'people' });
    body.append(frame,
      el('div', { class: 'row map-tools' }, button(t('settings.further'), () => zoom(-2), '−'), button(t('settings.closer'), () => zoom(2), '+'), button(t('map.me'), toMe), unmark, lead),
      el('div', { class: 'landmarks' }, el('h3', { textContent: t('map.landmarks') }), list));
    const picture = new MapPicture(canvas, view, parts);

    const here = () => ({ x: Math.floor((figures.own?.x ?? 0) / 16), y: Math.floor((figures.own?.y ?? 0) / 16) });
    function draw() {
      picture.fit();
      const marks = landmarks.around(view);
      view.bounds = reach(explored, marks, world.size);
      view.centre(view.x, view.y);
      picture.draw(marks);
      names.draw(view, marks);
    }
    const zoom = (steps, ...at) => {
      view.zoomBy(steps, ...at);
      draw();
    };
    function toMe() {
      const { x, y } = here();
      view.centre(x, y);
      draw();
    }
    function mark(spot, name = '') {
      world.mark = spot;
      if (spot && figures.own) { // while one is nowhere, nothing is to any side
        const way = wayTo(figures.own, spot);
        toast(name ? t('map.marked_name', { name, ...way }) : t('map.marked', way), 'news');
      }
      told();
    }
    const tell = listing(list, () => figures.own, (landmark) => {
      view.centre(landmark.x, landmark.y);
      mark({ x: landmark.x, y: landmark.y }, landmark.name);
    });
    function told() {
      unmark.hidden = lead.hidden = !world.mark;
      tell(landmarks.around(here()).slice(0, LISTED));
      draw();
    }

    handle(canvas, view, { moved: draw, chosen: mark, home: toMe });
    picture.fit();
    view.bounds = reach(explored, landmarks.around(here()), world.size);
    view.fill(); // a newcomer has little to show
    toMe();
    told();
    const timer = setInterval(() => {
      tell();
      draw();
    }, EVERY);
    const unfollow = [world.on('landmarks', told), world.on('home', told), world.on('land', told), world.on('explored', (chunk) => picture.changed(chunk))];
    close = () => {
      clearInterval(timer);
      for (const end of unfollow) end();
    };
    landmarks.ask();
  }, { keys: codesOf('map'), closed: () => close() });
}

/** What there is to look at, in tiles: the explored land and the landmarks; not the mark, or one could go on marking and
 * moving without end. */
function reach(explored, marks, size) {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const include = (left, top, right, bottom) => Object.assign(bounds, {
    left: Math.min(bounds.left, left), top: Math.min(bounds.top, top), right: Math.max(bounds.right, right), bottom: Math.max(bounds.bottom, bottom),
  });
  for (const { cx, cy } of explored.chunks.values()) include(cx * size, cy * size, (cx + 1) * size, (cy + 1) * size);
  for (const { kind, x, y } of marks) if (kind !== 'mark') include(x, y, x, y);
  return bounds;
}

/** Fills a list with landmarks, or, called without any, says anew how far those are that it shows: a row that has the focus stays. */
function listing(list, own, choose) {
  let rows = [];
  const say = ({ landmark, far }) => {
    const way = wayTo(own(), landmark);
    const words = way.count < 2 ? t('land.here') : t('map.away', way);
    if (far.textContent !== words) far.textContent = words;
  };
  return (landmarks = null) => {
    if (!own()) return;
    if (landmarks) {
      const focused = rows.findIndex(({ node }) => node.contains(document.activeElement));
      const kept = rows[focused]?.landmark;
      rows = landmarks.map((landmark) => row(landmark, choose));
      list.replaceChildren(...rows.map(({ node }) => node));
      rows.find(({ landmark }) => kept && landmark.kind === kept.kind && landmark.name === kept.name && landmark.x === kept.x)?.node.firstChild.focus({ preventScroll: true });
    }
    rows.forEach(say);
  };
}

function row(landmark, choose) {
  const far = el('small');
  const button = el('button', { class: 'person', type: 'button', title: t('map.choose'), onclick: () => choose(landmark) },
    el('span', { class: `landmark ${landmark.kind}` }), el('bdi', { textContent: landmark.name }), far);
  return { landmark, far, node: el('li', {}, button) };
}
