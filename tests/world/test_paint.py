"""Paint: 64 colours for any tile, where one may build, not too fast, and taken back like all else."""

from __future__ import annotations

import pytest
from lawns import answers, lawn, saved, set_tile

from nanoverse.world import tiles
from nanoverse.world.blocks import by_name
from nanoverse.world.constants import PAINT_EVERY
from nanoverse.world.events import BlockChanged, Event, NotUndone
from nanoverse.world.inputs import Dig, Paint
from nanoverse.world.paint import COLOURS, HUES, SHADES
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import PAINT
from nanoverse.world.undo import Undo

ANA, BEN = 1, 2


def meadow(held: str = "brush") -> Simulation:
    world = Simulation(seed=5, edits=[*lawn(), set_tile(1, 0, "stone"), set_tile(0, 2, "water")])
    world.add_body(ANA, "Ana", 0, saved(0, 0, (held, 1)))
    world.add_body(BEN, "Ben", 0, saved(0, 1, ("brush", 1)))
    return world


def ask(world: Simulation, given: Paint, player: int = ANA) -> list[str]:
    return answers(world.tick([(player, given)]), given.ref)


def rest(world: Simulation) -> list[Event]:
    return [event for _ in range(PAINT_EVERY) for event in world.tick([])]


def test_there_are_64_colours_and_no_two_are_alike() -> None:
    assert len(COLOURS) == len(HUES) * len(SHADES) == 64
    assert [colour.id for colour in COLOURS] == list(range(1, 65))
    assert len({colour.colour for colour in COLOURS}) == 64


def test_any_tile_takes_any_colour_and_gives_it_up_again() -> None:
    world = meadow()
    for (x, y), colour in (((0, 1), 1), ((1, 0), 64), ((0, 2), 30), ((1, 0), 0)):
        events = world.tick([(ANA, Paint(1, x, y, colour))])
        assert answers(events, 1) == ["done"]
        assert [(e.x, e.y, e.layer, e.block) for e in events if isinstance(e, BlockChanged)] == [
            (x, y, PAINT, colour)
        ]
        assert world.paint_at(x, y) == colour
        rest(world)
    assert world.block_at(1, 0) == by_name("stone").id and world.is_solid(1, 0)


def test_the_same_colour_again_changes_nothing() -> None:
    world = meadow()
    assert ask(world, Paint(1, 1, 1, 7)) == ["done"]
    rest(world)
    events = world.tick([(ANA, Paint(2, 1, 1, 7))])
    assert answers(events, 2) == ["done"] and len(events) == 1


@pytest.mark.parametrize(
    ("held", "given", "reason"),
    [
        ("stone", Paint(1, 1, 1, 7), "Take a brush into your hand to paint."),
        ("brush", Paint(1, 1, 1, 65), "There is no such colour."),
        ("brush", Paint(1, 1, 1, -1), "There is no such colour."),
        ("brush", Paint(1, 6, 0, 7), "That is out of reach."),
    ],
)
def test_what_cannot_be_painted_is_refused_and_stays(held: str, given: Paint, reason: str) -> None:
    world = meadow(held)
    assert ask(world, given) == [reason]
    assert world.paint_at(given.x, given.y) == 0


def test_nobody_paints_on_anothers_land_or_on_the_commons() -> None:
    world = Simulation(seed=5, edits=lawn(), claims=[(0, 0, BEN)])
    world.add_body(ANA, "Ana", 0, saved(0, 0, ("brush", 1)))
    world.add_body(BEN, "Ben", 0, saved(0, 1, ("brush", 1)))
    assert ask(world, Paint(1, 1, 1, 7)) == ["This is Ben's land."]
    assert ask(world, Paint(1, 1, 1, 7), BEN) == ["done"]
    x, y = world.spawn
    town = Simulation(seed=5, commons=8)
    town.add_body(ANA, "Ana", 0, saved(x, y, ("brush", 1)))
    assert ask(town, Paint(1, x, y, 7)) == [
        "Everybody arrives here: nobody builds, or digs up the ground; trees and plants may be taken."
    ]


def test_a_brush_paints_only_so_fast() -> None:
    world = meadow()
    assert ask(world, Paint(1, 1, 1, 7)) == ["done"]
    assert ask(world, Paint(2, 1, 0, 7)) == ["Your brush cannot paint that fast."]
    rest(world)
    assert ask(world, Paint(3, 1, 0, 7)) == ["done"]


def test_paint_stays_when_the_block_is_dug_and_while_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KEPT", 4)
    world = meadow()
    assert ask(world, Paint(1, 1, 0, 9)) == ["done"]
    world.tick([(ANA, Dig(2, 1, 0))])
    for _ in range(60):
        world.tick([])
    assert (world.block_at(1, 0), world.paint_at(1, 0)) == (0, 9)
    for cx in range(9, 19):
        world.chunk(cx, 0)  # the painted chunk is let go, and grows again
    assert world.paint_at(1, 0) == 9


def test_a_chunk_without_paint_has_no_layer_for_it() -> None:
    world = meadow()
    assert world.chunk(0, 0).paint is None
    version = world.chunk(0, 0).version
    assert ask(world, Paint(1, 1, 2, 9)) == ["done"]
    painted = world.chunk(0, 0)
    assert painted.paint is not None and painted.paint[2, 1] == 9 and painted.version > version
    assert world.chunk(-1, 0).paint is None


def test_paint_is_taken_back_unless_somebody_painted_over_it() -> None:
    world = meadow()
    ask(world, Paint(1, 0, 1, 64))  # the number of the oak, a solid block; Ben's feet are in no way
    assert world.tick([], [Undo(0, 1, PAINT, 64, 10, (1,), {})])[0] == BlockChanged(
        0, 1, PAINT, 10, 0, 64, undoes=(1,)
    )
    assert world.tick([], [Undo(0, 1, PAINT, 64, 0, (2,), {})]) == [NotUndone("somebody changed it since")]


def test_paint_that_was_scraped_off_leaves_nothing_in_memory() -> None:
    world = Simulation(seed=5)
    for colour in (7, 0):
        world.tiles.put(900, 900, PAINT, colour)
    assert not world.tiles.is_changed(900 // 32, 900 // 32)
    assert world.tiles.edit(900, 900, PAINT) is None and world.paint_at(900, 900) == 0
    world.tiles.put(900, 900, PAINT, 0)
    assert not world.tiles.is_changed(900 // 32, 900 // 32)
