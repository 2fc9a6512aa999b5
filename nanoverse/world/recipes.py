"""The one table of recipes: what goes in, what comes out, and what must stand within reach.

Ids go over the wire and are never changed or used again; the rest may be. Fuel is a part like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from nanoverse.world.blocks import BY_ID, by_name


@dataclass(frozen=True, slots=True)
class Recipe:
    """`parts` are (block, count) pairs; they become `count` of the block `makes`. `at` is the block that must stand
    within reach, None where bare hands will do."""

    id: int
    makes: int
    count: int
    parts: tuple[tuple[int, int], ...]
    at: int | None

    @property
    def name(self) -> str:
        return BY_ID[self.makes].name


def _recipe(id: int, makes: str, count: int, parts: dict[str, int], at: str | None = None) -> Recipe:
    named = tuple((by_name(part).id, many) for part, many in parts.items())
    return Recipe(id, by_name(makes).id, count, named, by_name(at).id if at else None)


_BENCH, _FURNACE = "workbench", "furnace"

RECIPES: tuple[Recipe, ...] = (
    _recipe(1, "planks", 4, {"wood": 1}),
    _recipe(2, "stick", 4, {"planks": 2}),
    _recipe(3, "torch", 4, {"stick": 1, "coal": 1}),
    _recipe(4, "workbench", 1, {"planks": 4}),
    _recipe(5, "campfire", 1, {"wood": 2, "stick": 2, "coal": 1}),
    _recipe(6, "pumpkin lamp", 1, {"pumpkin": 1, "torch": 1}),
    _recipe(7, "thatch", 2, {"reed": 3}),
    _recipe(8, "wooden pickaxe", 1, {"planks": 3, "stick": 2}, _BENCH),
    _recipe(9, "wooden axe", 1, {"planks": 3, "stick": 2}, _BENCH),
    _recipe(10, "wooden shovel", 1, {"planks": 1, "stick": 2}, _BENCH),
    _recipe(11, "stone pickaxe", 1, {"stone": 3, "stick": 2}, _BENCH),
    _recipe(12, "stone axe", 1, {"stone": 3, "stick": 2}, _BENCH),
    _recipe(13, "stone shovel", 1, {"stone": 1, "stick": 2}, _BENCH),
    _recipe(14, "iron pickaxe", 1, {"iron bar": 3, "stick": 2}, _BENCH),
    _recipe(15, "iron axe", 1, {"iron bar": 3, "stick": 2}, _BENCH),
    _recipe(16, "iron shovel", 1, {"iron bar": 1, "stick": 2}, _BENCH),
    _recipe(17, "furnace", 1, {"stone": 8}, _BENCH),
    _recipe(18, "fence", 3, {"planks": 2, "stick": 2}, _BENCH),
    _recipe(19, "table", 1, {"planks": 3, "stick": 2}, _BENCH),
    _recipe(20, "stool", 1, {"planks": 1, "stick": 2}, _BENCH),
    _recipe(21, "bed", 1, {"planks": 3, "thatch": 2}, _BENCH),
    _recipe(22, "red planks", 4, {"planks": 4, "poppy": 1}, _BENCH),
    _recipe(23, "white planks", 4, {"planks": 4, "daisy": 1}, _BENCH),
    _recipe(24, "blue planks", 4, {"planks": 4, "bluebell": 1}, _BENCH),
    _recipe(25, "scarecrow", 1, {"pumpkin": 1, "stick": 3, "thatch": 1}, _BENCH),
    _recipe(26, "stone tiles", 4, {"stone": 4}, _BENCH),
    _recipe(27, "sandstone", 1, {"sand": 2}, _BENCH),
    _recipe(28, "flower pot", 1, {"brick": 1, "poppy": 1}, _BENCH),
    _recipe(29, "lantern", 1, {"iron bar": 1, "glass": 1, "torch": 1}, _BENCH),
    _recipe(30, "crystal lamp", 1, {"copper bar": 1, "glass": 1, "crystal": 1}, _BENCH),
    _recipe(31, "copper plate", 4, {"copper bar": 1, "stone": 4}, _BENCH),
    _recipe(32, "gilded stone", 4, {"gold bar": 1, "stone tiles": 4}, _BENCH),
    _recipe(33, "coal", 1, {"wood": 2}, _FURNACE),
    _recipe(34, "glass", 4, {"sand": 4, "coal": 1}, _FURNACE),
    _recipe(35, "brick", 4, {"clay": 4, "coal": 1}, _FURNACE),
    _recipe(36, "copper bar", 1, {"copper": 2, "coal": 1}, _FURNACE),
    _recipe(37, "iron bar", 1, {"iron": 2, "coal": 1}, _FURNACE),
    _recipe(38, "gold bar", 1, {"gold": 2, "coal": 1}, _FURNACE),
    _recipe(39, "door", 1, {"planks": 4}, _BENCH),
    _recipe(40, "chest", 1, {"planks": 8}, _BENCH),
    _recipe(41, "sign", 1, {"planks": 1, "stick": 1}),
    _recipe(42, "scroll", 1, {"reed": 2}),
    _recipe(43, "brush", 1, {"stick": 1, "reed": 1}),
    _recipe(44, "seeds", 2, {"wheat": 1}),
    _recipe(45, "bread", 1, {"wheat": 3, "coal": 1}, _FURNACE),
)

RECIPE: dict[int, Recipe] = {recipe.id: recipe for recipe in RECIPES}
STATIONS = frozenset(recipe.at for recipe in RECIPES if recipe.at is not None)


def describe() -> list[dict[str, object]]:
    """The table as plain data, one record a recipe."""
    return [
        {"id": r.id, "makes": r.makes, "count": r.count, "parts": r.parts, "at": r.at or 0} for r in RECIPES
    ]
