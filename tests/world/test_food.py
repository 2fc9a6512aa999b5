"""Bread is eaten, and who has eaten digs faster for a while."""

from __future__ import annotations

from lawns import answers, lawn, saved, set_tile

from nanoverse.world.blocks import BY_ID, by_name
from nanoverse.world.constants import FED, FED_DIGS
from nanoverse.world.events import Ate, Done, InventoryChanged
from nanoverse.world.inputs import Dig, Eat, Select
from nanoverse.world.simulation import Simulation

ANA = 1
BREAD = by_name("bread").id


def meadow(*carried: tuple[str, int]) -> Simulation:
    world = Simulation(seed=5, edits=[*lawn(), set_tile(1, 0, "stone"), set_tile(-1, 0, "stone")])
    world.add_body(ANA, "Ana", 0, saved(0, 0, *carried))
    return world


def ticks_to_dig(world: Simulation, x: int) -> int:
    world.tick([(ANA, Select(1, 1)), (ANA, Dig(2, x, 0))])
    for tick in range(1, 1000):
        if world.block_at(x, 0) == 0:
            return tick
        world.tick([])
    raise AssertionError("it never ends")


def test_what_is_eaten_is_gone_from_the_hand() -> None:
    world = meadow(("bread", 2))
    events = world.tick([(ANA, Eat(7))])
    assert Ate(ANA, BREAD) in events and Done(ANA, 7) in events and InventoryChanged(ANA) in events
    assert world.bodies[ANA].slots[0] == [BREAD, 1]


def test_who_has_eaten_digs_faster_until_the_meal_is_over() -> None:
    full = BY_ID[by_name("stone").id].dig_ticks
    grade = by_name("iron pickaxe").grade
    assert full
    world = meadow(("bread", 1), ("iron pickaxe", 9))
    slow = -(-full // (1 + grade))
    world.tick([(ANA, Eat(1))])
    assert ticks_to_dig(world, 1) == -(-full // ((1 + grade) * FED_DIGS)) < slow
    for _ in range(FED):
        world.tick([])
    assert ticks_to_dig(world, -1) == slow


def test_nobody_eats_what_is_no_food_or_when_not_hungry() -> None:
    world = meadow(("bread", 2), ("stone", 1))
    assert answers(world.tick([(ANA, Eat(1))]), 1) == ["done"]
    assert answers(world.tick([(ANA, Eat(2))]), 2) == ["You have just eaten; you are not hungry yet."]
    world.tick([(ANA, Select(3, 1))])
    assert answers(world.tick([(ANA, Eat(4))]), 4) == ["Take something to eat into your hand."]
    world.tick([(ANA, Select(5, 5))])
    assert answers(world.tick([(ANA, Eat(6))]), 6) == ["Take something to eat into your hand."]
    assert world.bodies[ANA].slots[0] == [BREAD, 1]
    for _ in range(FED):
        world.tick([(ANA, Select(7, 0))])
    assert answers(world.tick([(ANA, Eat(8))]), 8) == ["done"]
