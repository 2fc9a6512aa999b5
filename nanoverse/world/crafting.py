"""What a body may make of what it carries; the answer is a sentence for the player where it may not.

Nothing is made from nothing: what goes in and what comes out is the recipe's, to the piece, and all of it or nothing.
"""

from __future__ import annotations

from nanoverse.world import slots
from nanoverse.world.blocks import BY_ID
from nanoverse.world.bodies import Body
from nanoverse.world.constants import REACH
from nanoverse.world.english import counted, one
from nanoverse.world.hands import reaches
from nanoverse.world.inputs import Craft
from nanoverse.world.recipes import RECIPE, Recipe
from nanoverse.world.slots import Slots
from nanoverse.world.tiles import BLOCK, Tiles

_FAR = int(REACH) + 1


def craft(tiles: Tiles, body: Body, craft: Craft) -> Slots | str:
    """The body's slots as they are once this is made."""
    recipe = RECIPE.get(craft.recipe)
    if recipe is None:
        return "There is no such recipe."
    made = [list(slot) for slot in body.slots]
    lacking = [(part, many - slots.carried(made, part)) for part, many in recipe.parts]
    if wanted := ", ".join(counted(many, BY_ID[part].name) for part, many in lacking if many > 0):
        return f"For {_result(recipe)} you still need {wanted}."
    if recipe.at is not None and not _stands_within_reach(tiles, body, recipe.at):
        return f"For {_result(recipe)} {one(BY_ID[recipe.at].name)} must stand within your reach."
    for part, many in recipe.parts:
        slots.remove(made, part, many)
    for _ in range(recipe.count):
        if not slots.has_room(made, recipe.makes):
            return f"There is no room for {_result(recipe)} in your slots."
        slots.take(made, recipe.makes)
    return made


def _result(recipe: Recipe) -> str:
    return one(recipe.name) if recipe.count == 1 else counted(recipe.count, recipe.name)


def _stands_within_reach(tiles: Tiles, body: Body, block: int) -> bool:
    x, y = body.tile
    chunks = {tiles.chunk_of(x + dx, y + dy) for dx in (-_FAR, _FAR) for dy in (-_FAR, _FAR)}
    if not any(chunk.count(block) for chunk in chunks):  # most often: so its 121 tiles need no look
        return False
    around = range(-_FAR, _FAR + 1)
    return any(
        tiles.get(x + dx, y + dy, BLOCK) == block and reaches(body, x + dx, y + dy)
        for dy in around
        for dx in around
    )
