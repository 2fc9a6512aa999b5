// What one sees behind the card with name and password: a small made-up land at dusk, drawn by the same parts.

import { Camera } from './camera.js';
import { ChunkPictures } from './chunks.js';
import { hash, noise } from '../art/pixels.js';
import { Figures } from './figures.js';
import { Renderer } from './render.js';
import { AGENT, GROUND, PLAYER, STANDING, World, chunkKey } from '../world/state.js';

const DUSK = (20.3 / 24) * 65536;
const WIDE = 5; // chunks
const HIGH = 3;
const [WEST, EAST] = [1, 3];
const DRIFT = 5; // art pixels a second

/** @returns {(now: number) => void} draws the land @param {object} rules the world's numbers and blocks */
export function createTitle(rules, tiles, canvas) {
  const world = new World(rules);
  const ids = Object.fromEntries(rules.blocks.map((block) => [block.name, block.id]));
  for (let cy = 0; cy < HIGH; cy++) for (let cx = 0; cx < WIDE; cx++) addChunk(world, ids, cx, cy);
  const camera = new Camera(canvas);
  const figures = new Figures(world, null, null, tiles);
  for (let at = 12; at < WIDE * world.size; at += 17) figures.list.push(...meeting(world, ids, at));
  figures.list.sort((a, b) => a.y - b.y);
  const particles = { draw() {} };
  const chunks = new ChunkPictures(world, tiles);
  const renderer = new Renderer({ world, camera, tiles, chunks, figures, particles, land: { draw() {} }, aim: { shown: false } });
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const span = world.size * 16;
  return (now) => {
    const path = (WIDE - 1) * span - camera.width;
    const gone = still.matches || path <= 0 ? 0 : path / 2 - (path / 2) * Math.cos((now / 1000) * (DRIFT / path) * 2);
    camera.lookAt(span / 2 + camera.width / 2 + gone, (HIGH * span) / 2);
    renderer.still = still.matches;
    renderer.draw(now, DUSK);
  };
}

function addChunk(world, ids, cx, cy) {
  const n = world.size;
  const layers = [new Uint8Array(n * n), new Uint8Array(n * n), null];
  for (let i = 0; i < n * n; i++) {
    const [x, y] = [cx * n + (i % n), cy * n + Math.floor(i / n)];
    const [ground, standing] = tile(x, y);
    layers[GROUND][i] = ids[ground];
    layers[STANDING][i] = ids[standing] ?? 0;
  }
  world.chunks.set(chunkKey(cx, cy), { cx, cy, layers });
}

/** Around a lantern on some meadow in column `at` a player and an agent stand and talk. */
function meeting(world, ids, at) {
  const middle = (HIGH * world.size) / 2;
  for (let y = middle - 5; y < middle + 9; y++) {
    if (![-1, 0, 1, 2].every((dx) => world.at(at + dx, y, GROUND) === ids.grass)) continue;
    for (let dx = -1; dx <= 2; dx++) for (const dy of [0, 1]) world.setBlock(at + dx, y + dy, STANDING, 0);
    world.setBlock(at, y, STANDING, ids.lantern);
    const person = (id, dx, facing, driver) => ({
      body: { id, look: Math.floor(hash(id, y, 8) * 2 ** 31), driver, held: 0 }, x: (at + dx) * 16, y: y * 16 + 12, walking: false, facing,
    });
    return [person(at, -0.6, EAST, PLAYER), person(at + 1, 1.7, WEST, AGENT)];
  }
  return [];
}

/** Ground and what stands on it: a lake, its beach, meadows, woods, a lantern here and there. */
function tile(x, y) {
  const height = noise(x, y, 15, 3) * 0.75 + noise(x, y, 5, 4) * 0.25;
  const wood = noise(x, y, 9, 5);
  const draw = hash(x, y, 6);
  if (height < 0.34) return ['water', draw < 0.02 ? 'lily pad' : ''];
  if (height < 0.38) return ['shallows', draw < 0.1 ? 'reed' : ''];
  if (height < 0.43) return ['sand', draw < 0.04 ? 'palm' : ''];
  if (draw > 0.991) return ['grass', 'lantern'];
  if (wood > 0.55) return ['moss', draw < 0.3 ? (draw < 0.12 ? 'pine' : 'oak') : draw < 0.4 ? 'fern' : draw > 0.98 ? 'glowcap' : ''];
  const flowers = ['poppy', 'daisy', 'bluebell'];
  return ['grass', draw < 0.03 ? 'birch' : draw < 0.05 ? 'oak' : draw < 0.17 ? 'tall grass' : draw < 0.21 ? flowers[Math.floor(draw * 1e4) % 3] : ''];
}
