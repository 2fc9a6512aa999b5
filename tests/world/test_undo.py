"""Taking back: a tile is as it was, the things go back to whom they came from, and nothing multiplies."""

from __future__ import annotations

from lawns import answers, lawn, saved, set_tile

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.events import BlockChanged, NotUndone, Settled
from nanoverse.world.inputs import Allow, Claim, Dig, Input, Place
from nanoverse.world.simulation import Simulation
from nanoverse.world.slots import carried
from nanoverse.world.undo import Undo, things_of

ANA, BEN = 1, 2
STONE, DIRT = by_name("stone").id, by_name("dirt").id


def land(*bens: tuple[str, int], anas: tuple[tuple[str, int], ...] = ()) -> Simulation:
    world = Simulation(seed=5, edits=[*lawn(), set_tile(2, 1, "stone")])
    world.add_body(ANA, "Ana", 0, saved(0, 2, *anas))
    world.add_body(BEN, "Ben", 0, saved(1, 0, *bens))
    return world


def done(world: Simulation, player: int, given: Input, backer: int | None = None) -> Undo:
    """Do it; what would take it back."""
    events = world.tick([(player, given)])
    while not answers(events, given.ref):
        events += world.tick([])
    (e,) = [event for event in events if isinstance(event, BlockChanged)]
    return Undo(e.x, e.y, e.layer, e.block, e.before, (7,), things_of([(e.body, e.gave, e.cost)]), backer)


def stones(world: Simulation, player: int) -> int:
    return carried(world.bodies[player].slots, STONE)


def test_what_was_dug_is_there_again_and_out_of_the_hands_that_took_it() -> None:
    world = land()
    undo = done(world, BEN, Dig(1, 2, 1))
    assert stones(world, BEN) == 1
    events = world.tick([], [undo])
    assert events[0] == BlockChanged(2, 1, 1, STONE, 0, AIR, undoes=(7,))
    assert (world.block_at(2, 1), stones(world, BEN)) == (STONE, 0)


def test_what_was_placed_is_gone_and_with_whom_it_came_from() -> None:
    world = land(("stone", 1))
    undo = done(world, BEN, Place(1, 3, 0, 0))
    world.tick([], [undo])
    assert (world.block_at(3, 0), stones(world, BEN)) == (AIR, 1)


def test_an_owner_stands_in_for_what_is_gone_and_gets_what_finds_no_room() -> None:
    world = land(anas=(("stone", 1),))
    undo = done(world, BEN, Dig(1, 2, 1), backer=ANA)
    world.bodies[BEN].slots[0] = [AIR, 0]  # used up
    world.tick([], [undo])
    assert (world.block_at(2, 1), stones(world, ANA)) == (STONE, 0), "nothing is made"

    world = land(("stone", 1))
    undo = done(world, BEN, Place(1, 3, 0, 0), backer=ANA)
    world.bodies[BEN].slots[:] = [[DIRT, 99] for _ in world.bodies[BEN].slots]
    world.tick([], [undo])
    assert (world.block_at(3, 0), stones(world, ANA)) == (AIR, 1), "nothing is lost"


def test_where_neither_has_the_thing_or_the_room_the_tile_stays_unless_the_admin_asks() -> None:
    world = land()
    undo = done(world, BEN, Dig(1, 2, 1), backer=ANA)
    world.bodies[BEN].slots[0] = [AIR, 0]
    assert world.tick([], [undo]) == [NotUndone("what was taken is gone")]
    assert world.block_at(2, 1) == AIR
    world.tick([], [Undo(2, 1, 1, AIR, STONE, (7,), {(BEN, STONE): -1})])
    assert world.block_at(2, 1) == STONE and stones(world, ANA) == stones(world, BEN) == 0

    world = land(("stone", 1))
    undo = done(world, BEN, Place(1, 3, 0, 0), backer=ANA)
    for player in (ANA, BEN):
        world.bodies[player].slots[:] = [[DIRT, 99] for _ in world.bodies[player].slots]
    assert world.tick([], [undo]) == [NotUndone("there is no room for what was placed")]


def test_digging_and_rolling_back_again_and_again_makes_nothing() -> None:
    world = land()
    for turn in range(4):
        undo = done(world, BEN, Dig(turn + 1, 2, 1), backer=ANA)
        if turn % 2:  # hidden with a friend, the next time it is missing
            world.bodies[BEN].slots[0] = [AIR, 0]
            world.bodies[ANA].slots[0] = [STONE, 1]
        world.tick([], [undo])
        total = stones(world, ANA) + stones(world, BEN) + (world.block_at(2, 1) == STONE)
        assert total == 1


def test_what_somebody_changed_since_what_bears_something_and_where_one_stands_stays() -> None:
    world = land(("stone", 2))
    dug = done(world, BEN, Dig(1, 2, 1))
    done(world, BEN, Place(2, 2, 1, 0))
    assert world.tick([], [dug]) == [NotUndone("somebody changed it since")]

    world = land(("stone", 2))
    hole = done(world, BEN, Dig(1, 2, 0))
    done(world, BEN, Place(2, 2, 0, 0))
    assert world.tick([], [hole]) == [NotUndone("something stands on it")]

    world = land()
    dug = done(world, BEN, Dig(1, 2, 1))
    world.add_body(3, "Cleo", 0, saved(2, 1))
    assert world.tick([], [dug]) == [NotUndone("somebody stands there")]


def test_on_land_that_is_somebody_elses_by_now_nothing_is_taken_back_unless_one_may_build_there() -> None:
    world = land(("stone", 2))
    placed = done(world, BEN, Place(1, 3, 0, 0), backer=BEN)
    assert answers(world.tick([(ANA, Claim(2, 0, 2))]), 2) == ["done"]
    assert world.tick([], [placed]) == [NotUndone("it is somebody else's land now")]
    assert (world.block_at(3, 0), stones(world, BEN)) == (STONE, 1)
    world.tick([(ANA, Allow(3, BEN, True))])
    world.tick([], [placed])
    assert (world.block_at(3, 0), stones(world, BEN)) == (AIR, 2)


def test_what_grew_in_the_commons_may_stand_there_again() -> None:
    world = Simulation(seed=5, commons=16)
    x, y = world.spawn
    oak, wood = by_name("oak").id, by_name("wood").id
    world.tiles.put(x, y, 1, AIR)
    world.add_body(BEN, "Ben", 0, saved(x + 3, y, ("wood", 1)))
    world.tick([], [Undo(x, y, 1, AIR, oak, (1,), {(BEN, wood): -1}, BEN)])
    assert (world.block_at(x, y), carried(world.bodies[BEN].slots, wood)) == (oak, 0)


def test_who_gets_or_gives_something_is_told_of_with_what_it_was() -> None:
    world = land(("stone", 5))
    undo = done(world, BEN, Place(1, 3, 0, 0))
    assert Settled(BEN, ((STONE, 1),)) in world.tick([], [undo])
    undo = done(world, BEN, Dig(2, 2, 1))
    assert Settled(BEN, ((STONE, -1),)) in world.tick([], [undo])


def test_a_door_that_was_opened_since_is_still_the_door_that_was_placed() -> None:
    door, opened = by_name("door").id, by_name("open door").id
    world = Simulation(seed=5, edits=[*lawn(), set_tile(2, 0, "open door")])
    assert isinstance(world.tick([], [Undo(2, 0, 1, door, AIR, (1,), {})])[0], BlockChanged)
    world = Simulation(seed=5, edits=[*lawn(), set_tile(2, 0, "door")])
    assert isinstance(world.tick([], [Undo(2, 0, 1, opened, AIR, (1,), {})])[0], BlockChanged)


def test_a_chest_with_something_in_it_stays() -> None:
    chest = by_name("chest").id
    world = Simulation(seed=5, edits=[*lawn(), set_tile(2, 0, "chest")], chests=[(2, 0, [(STONE, 1)])])
    assert world.tick([], [Undo(2, 0, 1, chest, AIR, (1,), {})]) == [
        NotUndone("there is something in the chest")
    ]
