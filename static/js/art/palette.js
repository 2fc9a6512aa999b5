// The one palette. Ground is calm and a little cool; what matters (people, ore, lamps, water's edge) is bright and warm.

export const P = {
  ink: '#1f1b2e', night: '#2c2f4e', slate: '#484e69', stone: '#6d7389', pebble: '#949aab', mist: '#c3c9d1',
  paper: '#f5f0e1',
  soilDark: '#46332f', soil: '#6b4d3d', clay: '#93694b', wood: '#b58857', sandDark: '#cba56c', sand: '#e5cd92',
  cream: '#f5e6bf',
  pine: '#2c5750', leafDark: '#37704f', grass: '#57964f', grassLight: '#76ad57', lime: '#aacb6a',
  deep: '#28517f', water: '#3a7cab', waterLight: '#5fa6c9', foam: '#c4e8ea',
  ice: '#a9cfe3', snowShade: '#c6d5e6', snow: '#eef4f7',
  red: '#c44a4c', orange: '#de7f42', gold: '#f3c350', pink: '#e590a8', violet: '#8b63ab', plum: '#573f75',
  teal: '#45b09e',
};

/** Skin tones from light to dark. */
export const SKINS = ['#f4cfa8', '#e0aa78', '#b87a52', '#8a5a3e', '#633f30'];

/** The sign of an agent, wherever one shows: halo, mark, chat, list and map. */
export const AGENT_COLOUR = '#7de3d0';

/** A colour between two, `part` from 0 (a) to 1 (b). */
export function mix(a, b, part) {
  const [ar, ag, ab] = channels(a);
  const [br, bg, bb] = channels(b);
  const at = (x, y) => Math.round(x + (y - x) * part);
  return `rgb(${at(ar, br)}, ${at(ag, bg)}, ${at(ab, bb)})`;
}

export function channels(colour) {
  if (colour.startsWith('#')) return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return colour.match(/\d+/g).map(Number);
}
