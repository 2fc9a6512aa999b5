"""Making things, wearing tools, arranging the bag: what happens, and every reason why not."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawns import answers, saved, set_tile

from nanoverse.world import recipes
from nanoverse.world.blocks import AIR, BLOCKS, BY_ID, by_name
from nanoverse.world.bodies import BadState, Body
from nanoverse.world.constants import HOTBAR, SLOTS, STACK
from nanoverse.world.events import Crafted, Done, Event, HeldChanged, InventoryChanged, Worn
from nanoverse.world.inputs import Craft, Dig, Place, Select, Stop, Swap
from nanoverse.world.recipes import RECIPE, RECIPES, STATIONS, Recipe
from nanoverse.world.simulation import Simulation

Meadow = Callable[..., Simulation]


def recipe_of(name: str) -> Recipe:
    return next(recipe for recipe in RECIPES if recipe.name == name)


def make(world: Simulation, name: str, ref: int = 1) -> list[str]:
    return answers(world.tick([(1, Craft(ref, recipe_of(name).id))]), ref)


def dig(world: Simulation, x: int, y: int, ref: int = 1) -> list[list[Event]]:
    """The events of each tick, from the input until it is answered."""
    ticks = [world.tick([(1, Dig(ref, x, y))])]
    while not answers(ticks[-1], ref):
        ticks.append(world.tick([]))
    return ticks


def carries(body: Body) -> dict[str, int]:
    return dict(sorted((BY_ID[b].name, n) for b, n in body.slots if n))


# The tables


def test_recipes_have_ids_of_their_own_and_each_makes_something_else() -> None:
    assert len(RECIPE) == len(RECIPES) == len({recipe.makes for recipe in RECIPES})
    assert len(RECIPES) >= 30 and len([block for block in BLOCKS if block.id]) >= 40


def test_every_recipe_can_be_made_by_somebody_somewhere() -> None:
    for recipe in RECIPES:
        assert recipe.parts and recipe.count > 0 and len(dict(recipe.parts)) == len(recipe.parts)
        assert all(0 < many <= STACK for _, many in recipe.parts), recipe.name
        assert not any(BY_ID[part].tool for part, _ in recipe.parts), "a worn tool would count as new"
        assert recipe.count == 1 or not BY_ID[recipe.makes].tool, recipe.name
        assert recipe.at is None or BY_ID[recipe.at].placeable


def test_everything_that_is_made_leads_back_to_what_the_land_gives() -> None:
    """In order: by digging with what one has, and by recipes of what one has, all of the tables can be got."""
    had = {AIR}
    while True:
        grades = Counter({BY_ID[b].tool: 0 for b in had})
        for block in had:
            grades[BY_ID[block].tool] = max(grades[BY_ID[block].tool], BY_ID[block].grade)
        dug = {
            b.drops
            for b in BLOCKS
            if b.dig_ticks and b.drops and b.asks <= grades[b.dug_with] and b.id not in RECIPE_ONLY
        }
        made = {r.makes for r in RECIPES if {p for p, _ in r.parts} <= had and (r.at is None or r.at in had)}
        if dug | made <= had:
            break
        had |= dug | made
    assert {BY_ID[recipe.makes].name for recipe in RECIPES if recipe.makes not in had} == set()
    assert {block.name for block in BLOCKS if block.tool and block.id not in had} == set()


RECIPE_ONLY = {recipe.makes for recipe in RECIPES}  # it is dug only where somebody has placed it


def test_no_round_of_recipes_leads_back_to_what_it_began_with() -> None:
    made_of = {recipe.makes: {part for part, _ in recipe.parts} for recipe in RECIPES}

    def reaches(start: int, block: int, seen: frozenset[int]) -> bool:
        return any(
            part == start or (part not in seen and reaches(start, part, seen | {part}))
            for part in made_of.get(block, ())
        )

    for block in made_of:
        assert not reaches(block, block, frozenset()), BY_ID[block].name


def test_tools_are_things_with_a_kind_a_grade_and_uses() -> None:
    tools = [block for block in BLOCKS if block.tool]
    assert {(tool.tool, tool.grade) for tool in tools} == {
        (kind, grade) for kind in ("pickaxe", "axe", "shovel") for grade in (1, 2, 3)
    }
    assert all(tool.uses > 0 and not tool.placeable for tool in tools)
    assert all(not (b.grade or b.uses) for b in BLOCKS if not b.tool)
    assert {b.dug_with for b in BLOCKS} <= {tool.tool for tool in tools} | {""}
    assert all(b.dug_with for b in BLOCKS if b.asks)


def test_the_pages_of_the_world_tell_every_recipe_as_the_table_has_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "world.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    told = [tuple(row) for row in rows]
    assert told == [
        (
            str(recipe.id),
            f"{recipe.count} {recipe.name}",
            ", ".join(f"{many} {BY_ID[part].name}" for part, many in recipe.parts),
            BY_ID[recipe.at].name if recipe.at else "–",
        )
        for recipe in RECIPES
    ]


def test_the_browser_gets_every_recipe() -> None:
    assert [row["id"] for row in recipes.describe()] == [recipe.id for recipe in RECIPES]


# Making


def test_making_takes_the_parts_and_gives_what_the_recipe_says(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("wood", 1)))
    planks = recipe_of("planks")
    assert world.tick([(1, Craft(1, planks.id))]) == [
        Crafted(1, planks.id),
        InventoryChanged(1),
        HeldChanged(1),  # the wood was in the hand, and the planks came into its place
        Done(1, 1),
    ]
    assert body.slots[0] == [by_name("planks").id, 4]


def test_what_is_missing_is_named(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("planks", 1)))
    before = body.state()
    assert make(world, "wooden pickaxe") == ["For a wooden pickaxe you still need 2 planks, 2 sticks."]
    assert body.state() == before


def test_parts_come_from_several_slots_and_the_last_ones_first(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("planks", 3), ("dirt", 1), ("planks", 2)))
    assert make(world, "workbench") == ["done"]
    assert carries(body) == {"dirt": 1, "planks": 1, "workbench": 1} and body.slots[0][1] == 1


def test_a_workbench_must_stand_within_reach(meadow: Meadow) -> None:
    world = meadow(set_tile(5, 0, "workbench"))
    world.add_body(1, "Mira", 0, saved(0, 0, ("planks", 9), ("stick", 9)))
    assert make(world, "fence") == ["For 3 fences a workbench must stand within your reach."]
    world.tick([(1, Swap(2, 0, 1))])
    nearer = meadow(set_tile(4, 0, "workbench"))
    body = nearer.add_body(1, "Mira", 0, saved(0, 0, ("planks", 9), ("stick", 9)))
    assert make(nearer, "fence") == ["done"]
    assert carries(body) == {"fence": 3, "planks": 7, "stick": 7}
    assert make(nearer, "coal") == ["For coal you still need 2 wood."]


def test_a_station_is_made_placed_and_used(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("planks", 9), ("stick", 2)))
    assert make(world, "workbench") == ["done"]
    slot = next(i for i, (block, _) in enumerate(body.slots) if block == by_name("workbench").id)
    assert answers(world.tick([(1, Place(2, 1, 0, slot))]), 2) == ["done"]
    assert make(world, "wooden axe", 3) == ["done"]
    assert carries(body) == {"planks": 2, "wooden axe": by_name("wooden axe").uses}
    assert {by_name("workbench").id, by_name("furnace").id} == STATIONS


def test_where_what_is_made_has_no_room_nothing_is_lost(world: Simulation) -> None:
    full = [("dirt", STACK)] * (SLOTS - 1)
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("wood", 2), *full))
    before = body.state()
    assert make(world, "planks") == ["There is no room for 4 planks in your slots."]
    assert body.state() == before
    body.slots[0][1] = 1  # now the last piece of wood makes room itself
    assert make(world, "planks", 2) == ["done"]


@pytest.mark.parametrize("recipe", [0, -1, 10**20])
def test_a_recipe_that_does_not_exist_is_refused(world: Simulation, body: Body, recipe: int) -> None:
    assert answers(world.tick([(1, Craft(1, recipe))]), 1) == ["There is no such recipe."]


# Tools


def test_a_tool_is_made_whole_and_never_stacks(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "workbench"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("planks", 9), ("stick", 9)))
    make(world, "wooden shovel")
    make(world, "wooden shovel", 2)
    shovel = by_name("wooden shovel")
    assert body.slots[2:4] == [[shovel.id, shovel.uses]] * 2
    body.slots[2][1] = 3
    world.tick([(1, Swap(3, 2, 3))])
    assert body.slots[2:4] == [[shovel.id, shovel.uses], [shovel.id, 3]]


@pytest.mark.parametrize(
    ("block", "tool", "part"),
    [
        ("stone", "wooden pickaxe", 2),
        ("stone", "stone pickaxe", 3),
        ("stone", "iron pickaxe", 4),
        ("oak", "wooden axe", 2),
        ("oak", "wooden pickaxe", 1),
        ("stone", "poppy", 1),
    ],
)
def test_a_tool_digs_its_kind_of_block_faster(meadow: Meadow, block: str, tool: str, part: int) -> None:
    world = meadow(set_tile(2, 0, block))
    world.add_body(1, "Mira", 0, saved(0, 0, (tool, 1)))
    assert len(dig(world, 2, 0)) == -(-(by_name(block).dig_ticks or 0) // part)


def test_a_shovel_digs_the_ground_faster(world: Simulation) -> None:
    world.add_body(1, "Mira", 0, saved(0, 0, ("iron shovel", 9)))
    assert len(dig(world, 1, 0)) == (by_name("grass").dig_ticks or 0) // 4


def test_a_tool_wears_only_where_it_helps_and_breaks_in_the_end(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"), set_tile(2, 0, "stone"), set_tile(0, 1, "poppy"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("wooden pickaxe", 2)))
    dig(world, 0, 1, 1)
    assert body.slots[0][1] == 2
    assert Worn(1, by_name("wooden pickaxe").id) in dig(world, 1, 0, 2)[-1]
    assert body.slots[0][1] == 1
    last = dig(world, 2, 0, 3)[-1]
    assert HeldChanged(1) in last and carries(body) == {"poppy": 1, "stone": 2}


def test_a_tool_that_breaks_makes_room_for_what_it_dug(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "tall grass"), set_tile(2, 0, "stone"))
    body = world.add_body(
        1, "Mira", 0, saved(0, 0, ("wooden pickaxe", 1), *[("dirt", STACK)] * (SLOTS - 2), ("stone", 98))
    )
    assert answers(dig(world, 2, 0, 1)[-1], 1) == ["done"]
    assert body.slots[0] == [AIR, 0] and body.slots[-1][1] == STACK


def test_who_stops_before_the_end_wears_nothing(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("wooden pickaxe", 5)))
    world.tick([(1, Dig(1, 1, 0))])
    world.tick([(1, Stop(2))])
    assert body.slots[0][1] == 5


@pytest.mark.parametrize("away", [Select(2, 1), Swap(2, 0, HOTBAR)])
def test_a_tool_that_is_put_away_ends_its_dig(meadow: Meadow, away: Select | Swap) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("wooden pickaxe", 5)))
    world.tick([(1, Dig(1, 1, 0))])
    assert answers(world.tick([(1, away)]), 1) == ["You put your tool away."]
    assert carries(body) == {"wooden pickaxe": 5}


@pytest.mark.parametrize(
    ("ore", "held", "reason"),
    [
        ("copper ore", "stone", "Copper ore asks for a wooden pickaxe in the hand."),
        ("iron ore", "wooden pickaxe", "Iron ore asks for a stone pickaxe in the hand."),
        ("gold ore", "iron axe", "Gold ore asks for an iron pickaxe in the hand."),
        ("gold ore", "iron pickaxe", "done"),
        ("coal ore", "stone", "done"),
    ],
)
def test_some_ores_ask_for_a_tool(meadow: Meadow, ore: str, held: str, reason: str) -> None:
    world = meadow(set_tile(1, 0, ore))
    world.add_body(1, "Mira", 0, saved(0, 0, (held, 5)))
    assert answers(dig(world, 1, 0)[-1], 1) == [reason]


def test_what_is_made_while_one_digs_may_take_the_room(meadow: Meadow) -> None:
    world = meadow(set_tile(1, 0, "stone"))
    world.add_body(1, "Mira", 0, saved(0, 0, ("wood", 2), *[("dirt", STACK)] * (SLOTS - 2)))
    world.tick([(1, Dig(1, 1, 0))])
    events = world.tick([(1, Craft(2, recipe_of("planks").id))])
    assert answers(events, 2) == ["done"]
    assert answers(events, 1) == ["There is no room for it in your slots."]
    assert world.block_at(1, 0) == by_name("stone").id


# Arranging


def test_two_slots_change_places(world: Simulation, body: Body) -> None:
    first, second = body.slots[0], body.slots[1]
    events = world.tick([(1, Swap(1, 0, 1))])
    assert events == [InventoryChanged(1), HeldChanged(1), Done(1, 1)]
    assert body.slots[:2] == [second, first]


def test_equal_stacks_are_poured_together_up_to_a_full_one(world: Simulation) -> None:
    body = world.add_body(1, "Mira", 0, saved(0, 0, ("stone", 60), ("stone", 60), ("dirt", 1), ("dirt", 2)))
    world.tick([(1, Swap(1, 0, 1)), (1, Swap(2, 2, 3))])
    stone, dirt = by_name("stone").id, by_name("dirt").id
    assert body.slots[:4] == [[stone, 21], [stone, STACK], [AIR, 0], [dirt, 3]]
    world.tick([(1, Swap(3, 0, 1))])  # onto a full one nothing can be poured
    assert body.slots[:2] == [[stone, STACK], [stone, 21]]


def test_a_slot_that_is_moved_onto_itself_stays_as_it_is(world: Simulation, body: Body) -> None:
    before = body.state()
    assert answers(world.tick([(1, Swap(1, 0, 0)), (1, Swap(2, 25, 26))]), 1) == ["done"]
    assert body.state() == before


@pytest.mark.parametrize(("a", "b", "named"), [(-1, 0, -1), (0, SLOTS, SLOTS), (10**20, 0, 10**20)])
def test_a_slot_that_does_not_exist_is_not_moved(
    world: Simulation, body: Body, a: int, b: int, named: int
) -> None:
    assert answers(world.tick([(1, Swap(1, a, b))]), 1) == [f"There is no slot {named}."]


def owned(body: Body) -> Counter[tuple[int, int]]:
    """How much of everything, each tool for itself."""
    things: Counter[tuple[int, int]] = Counter()
    for block, count in body.slots:
        tool = BY_ID[block].tool != ""
        things[block, count if tool else 0] += 1 if tool else count
    return things


@given(st.lists(st.tuples(st.integers(0, SLOTS - 1), st.integers(0, SLOTS - 1)), max_size=60))
def test_arranging_loses_nothing(moves: list[tuple[int, int]]) -> None:
    world = Simulation(5)
    body = world.add_body(
        1,
        "Mira",
        0,
        saved(0, 0, ("stone", 60), ("stone", 60), ("iron axe", 7), ("iron axe", 240), ("dirt", 2)),
    )
    before = owned(body)
    for a, b in moves:
        world.tick([(1, Swap(0, a, b))])
        body.state()
    assert owned(body) == before


# What is saved


def test_a_body_saved_with_fewer_slots_comes_back_with_an_empty_bag(world: Simulation) -> None:
    state = dataclasses.replace(saved(0, 0), slots=[(by_name("stone").id, 5)] * 9)
    body = world.add_body(1, "Mira", 0, state)
    assert len(body.slots) == SLOTS and body.slots[9:] == [[AIR, 0]] * (SLOTS - 9)


def test_a_tool_can_be_saved_with_as_many_uses_as_a_new_one_has_and_no_more() -> None:
    uses = by_name("iron axe").uses
    assert uses > STACK
    saved(0, 0, ("iron axe", uses))
    with pytest.raises(BadState):
        saved(0, 0, ("iron axe", uses + 1))
