import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { carried, choices, lacking, standing } from '../../static/js/world/craft.js';

const { blocks, recipes } = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const id = (name) => blocks.find((block) => block.name === name).id;
const recipe = (name) => recipes.find((r) => r.makes === id(name));
const slots = (things) => Object.entries(things).map(([name, count]) => ({ block: id(name), count }));
const names = (group) => group.choices.map(({ recipe: { makes } }) => blocks.find((b) => b.id === makes).name);

test('what lies in several slots counts together', () => {
  assert.equal(carried([...slots({ wood: 2 }), ...slots({ wood: 3, coal: 1 })], id('wood')), 5);
});

test('what is missing is told part by part', () => {
  assert.deepEqual(lacking(recipe('wooden axe'), slots({ planks: 1 })), [[id('planks'), 2], [id('stick'), 2]]);
  assert.deepEqual(lacking(recipe('planks'), slots({ wood: 1 })), []);
});

test('what can be made comes first, and every recipe comes once', () => {
  const bag = slots({ wood: 1, planks: 3, stick: 2 });
  const [now, ...rest] = choices(recipes, bag, new Set());
  assert.deepEqual(names(now), ['planks', 'stick', 'sign']);
  assert.ok(rest.every((group) => group.choices.every(({ can }) => !can)));
  assert.equal([now, ...rest].flatMap((group) => group.choices).length, recipes.length);
  const axe = rest.flatMap((group) => group.choices).find((c) => c.recipe === recipe('wooden axe'));
  assert.deepEqual([axe.missing, axe.far], [[], true]);
});

test('beside a workbench its recipes can be made too', () => {
  const [now] = choices(recipes, slots({ planks: 3, stick: 2 }), new Set([id('workbench')]));
  assert.ok(names(now).includes('wooden axe') && !names(now).includes('coal'));
});

test('who has nothing is offered nothing, but told everything', () => {
  const groups = choices(recipes, [], new Set());
  assert.ok(groups.every(({ title }) => title === 'at'));
});

test('only what stands within reach counts', () => {
  const at = (x, y) => (x === 3 && y === 0 ? 98 : x === -5 && y === 0 ? 99 : 0);
  const near = standing(new Set([98, 99]), 0, 0, 5, at, (x, y) => Math.hypot(x, y) <= 4.5);
  assert.deepEqual([...near], [98]);
});
