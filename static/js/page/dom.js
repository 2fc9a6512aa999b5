// Building the page without markup in strings: whatever comes from a player only ever becomes text.

import { t } from './lang.js';

/**
 * An element with properties and children. `class` and attributes with a dash go in as attributes, functions that start
 * with `on` as listeners, all else as properties.
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class' || name === 'role' || name.includes('-')) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/**
 * Puts other children into `place`. What had the focus keeps it if it is among them; else what is called the same, in the
 * same place among its like, has it, or else the panel: the keys must not go back to the body's world by themselves. A
 * button whose words change is known by its `data-at`.
 */
export function refill(place, ...nodes) {
  const had = place.contains(document.activeElement) ? document.activeElement : null;
  const before = had ? calledLike(place, had).indexOf(had) : -1;
  place.replaceChildren(...nodes);
  if (!had) return;
  const like = calledLike(place, had);
  (had.isConnected ? had : like[before] ?? like[0] ?? place.closest('.panel'))?.focus({ preventScroll: true });
}

/**
 * Puts other children into `place` once something was done there for good: who had the focus in it goes on beside it, else
 * the keys would go back to the body's world by themselves.
 */
export function finish(place, ...nodes) {
  const beside = place.contains(document.activeElement) ? besideOf(place) : () => {};
  place.replaceChildren(...nodes);
  beside()?.focus({ preventScroll: true });
}

/**
 * Where the focus goes once something was done in `place`: back there; else to what stands with it, in its row's stead, or
 * in the next row or the last; else to the list or panel around. @returns {() => HTMLElement | undefined}
 */
export function besideOf(place) {
  const row = place.closest('article, li');
  const list = row?.parentElement;
  const at = list && [...list.children].indexOf(row);
  const around = place.closest('[tabindex]');
  const controls = (node) => [...node?.querySelectorAll('button, input') ?? []];
  return () => [...[place, row, ...[at, at + 1, at - 1].map((i) => list?.children[i])].flatMap(controls), around]
    .find((node) => node?.isConnected && node.checkVisibility());
}

const nameOf = (node) => node.id || node.dataset.at || (node.getAttribute('aria-label') ?? node.textContent);
const calledLike = (place, node) => [...place.querySelectorAll(node.tagName)].filter((other) => nameOf(other) === nameOf(node));

const SHAPES = {
  like: 'M2 7h3v7H2zM6 14V7l3-5h1.5v4H14v3l-1.5 5z',
  bag: 'M5 4V2h6v2h3v3H2V4zM7 3.5V4h2v-.5zM2 8h5v2h2V8h5v6H2z',
  people: 'M4 4h3v3H4zM9 3h4v4H9zM2 13V9h6v4zM9 13V8h5v5z',
  map: 'M1 3l4-2 6 2 4-2v12l-4 2-6-2-4 2zM5 3v8l6 2V5z',
  land: 'M2 1h2v1h9l-2 3 2 3H4v7H2z',
  agent: 'M8 1l2 5 5 2-5 2-2 5-2-5-5-2 5-2z',
  settings: 'M2 3h12v2H2zM2 7h12v2H2zM2 11h12v2H2z',
  wheel: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 0 1 4.9 4H3.1A5 5 0 0 1 8 3zM3.1 9h3l1 3.9A5 5 0 0 1 3.1 9zm5.8 3.9l1-3.9h3a5 5 0 0 1-4 3.9z',
  home: 'M8 1l7 7h-2v6H9v-4H7v4H3V8H1z',
  colours: 'M8 1a7 7 0 1 0 0 14c2 0 2-1 1.500-2.500S10 10 12 10h1.500A1.500 1.500 0 0 0 15 8.500 7 7 0 0 0 8 1zM4 7h2v2H4zM6 4h2v2H6zM10 4h2v2h-2z',
  journal: 'M3 1h8v2h2v12H5v-2H3zM5 4v1h4V4zM5 7v1h4V7zM5 10v1h3v-1z',
  close: 'M3 4l1-1 4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4z',
  send: 'M2 2l12 6-12 6 2-6z',
  back: 'M11 2v12L4 8z',
  on: 'M5 2v12l7-6z',
  fold: 'M3 6h10l-5 5z',
  search: 'M6.5 2a4.5 4.5 0 1 0 2.7 8.1l3.4 3.4 1.4-1.4-3.4-3.4A4.5 4.5 0 0 0 6.5 2zm0 2a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  smile: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6zM5 5.5h1.8v2H5zM9.2 5.5H11v2H9.2zM4.6 9.2c.6 1.6 1.9 2.5 3.4 2.5s2.8-.9 3.4-2.5l-1.4-.5c-.4 1-1.1 1.5-2 1.5s-1.6-.5-2-1.5z',
  chat: 'M2 3h12v8H7l-3 3v-3H2z',
};

const drawn = new Map();

/** A small sign drawn in the colour of the text; it says nothing to a screen reader. */
export function icon(name) {
  if (!drawn.has(name)) drawn.set(name, draw(name));
  return drawn.get(name).cloneNode(true); // which takes a third of the time: each message has three
}

function draw(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Turns a button with words into one with a sign; the words stay as its name and its tip. */
export function iconButton(button, name) {
  const words = button.textContent.trim();
  button.setAttribute('aria-label', words);
  button.title = words;
  button.replaceChildren(icon(name));
  return button;
}

/** The sign of an agent beside a name. */
export function agentMark(name) {
  const words = t('agent.of', { name });
  return el('span', { class: 'agent-mark', title: words, 'aria-label': words, role: 'img' });
}

/** Copies a drawn picture of 16 × 16 into a canvas of the page. */
export function show(canvas, picture) {
  canvas.width = 16;
  canvas.height = 16;
  if (picture) canvas.getContext('2d').drawImage(picture, 0, 0);
}
