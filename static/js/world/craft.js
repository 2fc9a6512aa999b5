// What can be made of what one carries: the same sums as on the server, to show beforehand what it would say.

/** How much of a block lies in these slots. @param {{block: number, count: number}[]} slots */
export function carried(slots, block) {
  return slots.reduce((sum, slot) => (slot.block === block ? sum + slot.count : sum), 0);
}

/** What a recipe still needs: [block, how many more]. @param {import('./state.js').Recipe} recipe */
export function lacking(recipe, slots) {
  return recipe.parts.map(([part, many]) => [part, many - carried(slots, part)]).filter(([, more]) => more > 0);
}

/**
 * All recipes with what stands against each, in groups: first what can be made now, then the rest by what must stand
 * within reach.
 * @param {import('./state.js').Recipe[]} recipes @param {Set<number>} near the blocks that stand within reach
 */
export function choices(recipes, slots, near) {
  const all = recipes.map((recipe) => {
    const missing = lacking(recipe, slots);
    const far = recipe.at !== 0 && !near.has(recipe.at);
    return { recipe, missing, far, can: !missing.length && !far };
  });
  const groups = [{ title: 'now', at: 0, choices: all.filter((choice) => choice.can) }];
  for (const at of [...new Set(recipes.map((recipe) => recipe.at))]) {
    groups.push({ title: 'at', at, choices: all.filter(({ recipe, can }) => !can && recipe.at === at) });
  }
  return groups.filter((group) => group.choices.length);
}

/** Which of these blocks stand on a tile that `inReach(x, y)` allows, around tile cx, cy. */
export function standing(wanted, cx, cy, reach, blockAt, inReach) {
  const found = new Set();
  for (let y = cy - reach; y <= cy + reach; y++) {
    for (let x = cx - reach; x <= cx + reach; x++) {
      const block = blockAt(x, y);
      if (wanted.has(block) && inReach(x, y)) found.add(block);
    }
  }
  return found;
}
