"""What a body did today, and the facts of a moment."""

from __future__ import annotations

from stage import add, meadow

from nanoverse.agents.memory import Memory
from nanoverse.agents.scenes import holding, scene_of
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.constants import DAY_TICKS, SLOTS
from nanoverse.world.inputs import Craft, Dig, Eat, Input, Place, Select, Stow
from nanoverse.world.recipes import RECIPES
from nanoverse.world.simulation import Simulation
from nanoverse.world.undo import Undo


def live(world: Simulation, memory: Memory, *inputs: tuple[int, Input], ticks: int = 1) -> None:
    memory.notice(world.tick(inputs))
    for _ in range(ticks - 1):
        memory.notice(world.tick([]))


def test_what_a_body_gained_it_gathered_and_what_it_lost_it_placed() -> None:
    world = meadow((2, 0, "oak"))
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("stone", 3)))
    live(world, memory, (1, Dig(1, 2, 0)), ticks=45)
    live(world, memory, (1, Place(2, 0, 2, 0)))
    live(world, memory, (1, Place(3, 1, 2, 0)))
    assert set(memory.did(1)) == {"gathered 1 wood", "placed 2 stone"}


def test_what_a_body_made_it_made_and_a_worn_tool_is_no_deed() -> None:
    world = meadow((2, 0, "stone"))
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("wooden pickaxe", 1), ("wood", 2)))
    planks = next(recipe.id for recipe in RECIPES if recipe.name == "planks")
    live(world, memory, (1, Craft(1, planks)), (1, Craft(2, planks)))
    live(world, memory, (1, Dig(3, 2, 0)), ticks=45)
    assert set(memory.did(1)) == {"made 8 planks", "gathered 1 stone"}


def test_what_is_kept_in_a_chest_or_taken_out_of_it_is_no_deed() -> None:
    world = meadow((1, 0, "chest"))
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("stone", 9), ("iron axe", 5)))
    live(world, memory, (1, Stow(1, 1, 0, 0, SLOTS, True)), (1, Stow(2, 1, 0, 1, SLOTS + 1, False)))
    live(world, memory, (1, Stow(3, 1, 0, SLOTS, 4, False)), (1, Place(4, 0, 1, 0)))
    live(world, memory, (1, Stow(5, 1, 0, SLOTS + 1, 0, False)))
    assert memory.did(1) == ("placed 1 stone",)


def test_what_is_eaten_is_no_deed() -> None:
    world = meadow()
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("bread", 2)))
    live(world, memory, (1, Eat(1)))
    assert memory.did(1) == () and world.bodies[1].slots[0][1] == 1


def test_what_a_roll_back_gives_or_takes_is_no_deed() -> None:
    world = meadow((2, 0, "oak"), (3, 0, "stone"))
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("wood", 3)))
    wood, stone, oak = (by_name(name).id for name in ("wood", "stone", "oak"))
    undos = [
        Undo(3, 0, 1, stone, AIR, (1,), {(1, stone): 1}),
        Undo(1, 0, 1, AIR, oak, (2,), {(1, wood): -1}),
    ]
    memory.notice(world.tick([], undos))
    assert [block for block, _ in world.bodies[1].slots[:2]] == [wood, stone] and memory.did(1) == ()
    live(world, memory, (1, Place(1, 0, 1, 0)))
    assert memory.did(1) == ("placed 1 wood",)


def test_the_most_frequent_deeds_are_told_and_no_more_than_a_few() -> None:
    world = meadow()
    memory = Memory(world)
    for times, name in enumerate(("Ann", "Bob", "Eve", "Lena", "Otto", "Tom"), 1):
        for _ in range(times):
            memory.talked(1, name, WORLD)
    assert memory.did(1) == ("talked with Tom", "talked with Otto", "talked with Lena", "talked with Eve")


def test_a_hand_that_takes_another_thing_did_nothing() -> None:
    world = meadow()
    memory = Memory(world)
    memory.meet(add(world, 1, "Mira", 0, 0, ("stone", 3)))
    live(world, memory, (1, Select(1, 4)))
    assert memory.did(1) == ()


def test_a_new_day_begins_with_nothing_done() -> None:
    world = Simulation(5, (), DAY_TICKS - 2)
    memory = Memory(world)
    memory.talked(1, "Tom", NEARBY)
    memory.notice(world.tick([]))
    assert memory.did(1) == ("talked with Tom",)
    memory.notice(world.tick([]))
    assert memory.did(1) == ()


def test_a_scene_tells_who_where_when_with_what_and_with_whom() -> None:
    world = meadow()
    memory = Memory(world)
    body = add(world, 1, "Mira", 0, 0, ("stone", 3), ("torch", 1))
    for number, x in enumerate((9, 3, 5, 7, 11, 13, 200), 2):
        add(world, number, f"P{x}", x)
    memory.talked(1, "Tom", NEARBY)
    scene = scene_of(world, memory, body, PRIVATE)
    assert (scene.name, scene.holding, scene.did, scene.talk) == (
        "Mira",
        ("3 stone", "1 torch"),
        ("talked with Tom",),
        "private",
    )
    assert scene.near == ("P3", "P5", "P7", "P9", "P11")  # the nearest, and not all
    assert (scene.place, scene.biome) == (world.place_name(0, 0), world.biome_at(0, 0))
    assert (scene.time, scene.weather) == (world.time_of_day(), world.weather())
    assert scene_of(world, memory, body, NEARBY).talk == "nearby"


def test_what_is_in_the_hand_is_named_first() -> None:
    world = meadow()
    body = add(
        world, 1, "Mira", 0, 0, *((name, 1) for name in ("stone", "torch", "coal", "dirt", "wood", "brick"))
    )
    body.selected = 3
    assert holding(body) == ("1 dirt", "1 stone", "1 torch", "1 coal", "1 wood")
    body.selected = 8  # an empty hand
    assert holding(body)[0] == "1 stone"


def test_of_a_tool_one_is_held_however_many_uses_it_has_left() -> None:
    assert holding(add(meadow(), 1, "Mira", 0, 0, ("iron axe", 200), ("wood", 2))) == ("1 iron axe", "2 wood")
