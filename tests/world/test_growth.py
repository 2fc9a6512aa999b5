"""Growth: crops from seed to ripe, and trees that come back where nobody built."""

from __future__ import annotations

import pytest
from lawns import answers, lawn, saved, set_tile

from nanoverse.world import growth
from nanoverse.world.blocks import AIR, BY_ID, by_name
from nanoverse.world.bodies import AGENT, ASLEEP, PLAYER
from nanoverse.world.constants import CHUNK, UNIT
from nanoverse.world.events import BlockChanged, Event, NotUndone
from nanoverse.world.inputs import Dig, Place
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import BLOCK, GROUND
from nanoverse.world.undo import Undo

ANA = 1
SEEDS, YOUNG, RIPE = (by_name(name).id for name in ("seeds", "young wheat", "ripe wheat"))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "ROUND", 20)
    monkeypatch.setattr(growth, "WILD_ROUNDS", 4)


def field(driver: int = PLAYER, **more: object) -> Simulation:
    world = Simulation(seed=5, edits=[*lawn(), *more.pop("edits", [])], **more)  # type: ignore[arg-type, misc]
    world.add_body(ANA, "Ana", 0, saved(0, 0, ("seeds", 9), ("brush", 1))).driver = driver
    return world


def grown(world: Simulation, x: int, y: int, ticks: int) -> list[int]:
    """What stood on a tile, one after the other."""
    seen = [world.block_at(x, y)]
    for _ in range(ticks):
        world.tick([])
        if world.block_at(x, y) != seen[-1]:
            seen.append(world.block_at(x, y))
    return seen


@pytest.mark.parametrize("driver", [PLAYER, AGENT])
def test_seeds_are_sown_and_grow_in_steps_until_they_are_ripe(driver: int) -> None:
    world = field(driver)
    assert answers(world.tick([(ANA, Place(1, 1, 1, 0))]), 1) == ["done"]
    assert grown(world, 1, 1, 2000) == [SEEDS, YOUNG, RIPE]
    events: list[Event] = world.tick([(ANA, Dig(2, 1, 1))])
    while not answers(events, 2):
        events += world.tick([])
    assert BlockChanged(1, 1, BLOCK, AIR, ANA, RIPE, by_name("wheat").id, 0) in events


def test_what_is_not_ripe_gives_back_no_more_than_was_sown() -> None:
    assert (BY_ID[SEEDS].drops, BY_ID[YOUNG].drops) == (SEEDS, SEEDS)


def test_the_same_inputs_let_the_same_grow_at_the_same_time() -> None:
    one, other = field(), field()
    for _ in range(9):
        other.chunk(7, 7)  # looked at, or not: that changes nothing
    for world in (one, other):
        world.tick([(ANA, Place(1, 1, 1, 0))])
    for _ in range(1500):
        assert one.tick([]) == other.tick([])


def test_nothing_grows_where_all_sleep_or_nobody_is() -> None:
    asleep = field(ASLEEP, edits=[set_tile(1, 1, "seeds")])
    assert grown(asleep, 1, 1, 1500) == [SEEDS]
    far = field(edits=[set_tile(20, 20, "seeds")])
    far.crowd.move(far.bodies[ANA], 9 * CHUNK * UNIT, 0)
    assert grown(far, 20, 20, 1500) == [SEEDS]


def wild_tree(world: Simulation) -> tuple[int, int]:
    """A tree that the seed grew, with only free land around it."""
    for cx in range(12, 40):
        blocks, ground = world.chunk(cx, 0).blocks, world.chunk(cx, 0).ground
        for y in range(3, CHUNK - 3):
            for x in range(3, CHUNK - 3):
                if (
                    BY_ID[int(blocks[y, x])].name in ("oak", "birch", "pine")
                    and not BY_ID[int(ground[y, x])].solid
                ):
                    return cx * CHUNK + x, y
    raise AssertionError("no tree")


def felled(**more: object) -> tuple[Simulation, int, int, int]:
    """A tree was felled, and Ana stands some tiles away."""
    x, y = wild_tree(Simulation(seed=5))
    tree = Simulation(seed=5).block_at(x, y)
    edits = [
        (x, y, BLOCK, AIR),
        *((x + i, y + j, layer, block) for i, j, layer, block in more.pop("near", [])),
    ]  # type: ignore[attr-defined]
    world = Simulation(seed=5, edits=edits, **more)  # type: ignore[arg-type]
    world.add_body(ANA, "Ana", 0, saved(0, 0, ("brush", 1))).driver = PLAYER
    world.crowd.move(world.bodies[ANA], (x - 3) * UNIT, y * UNIT)
    return world, x, y, tree


def test_a_felled_tree_grows_back() -> None:
    world, x, y, tree = felled()
    assert grown(world, x, y, 800) == [AIR, tree]
    assert world.is_solid(x, y)


@pytest.mark.parametrize(
    "near",
    [
        [(1, 1, BLOCK, by_name("planks").id)],
        [(0, 0, GROUND, by_name("dirt").id)],
        [(0, 0, 2, 7)],
    ],
    ids=["built near", "dug", "painted"],
)
def test_it_does_not_where_somebody_built_dug_or_painted(near: list[tuple[int, int, int, int]]) -> None:
    world, x, y, _ = felled(near=near)
    assert grown(world, x, y, 800) == [AIR]


def test_it_does_not_on_claimed_land() -> None:
    x, y = wild_tree(Simulation(seed=5))
    world, x, y, _ = felled(claims=[(x // 16, y // 16, ANA)])
    assert grown(world, x, y, 800) == [AIR]


def test_it_does_not_into_somebody_who_stands_there() -> None:
    world, x, y, tree = felled()
    world.crowd.move(world.bodies[ANA], x * UNIT + UNIT // 2, y * UNIT + UNIT // 2)
    assert grown(world, x, y, 800) == [AIR]
    world.crowd.move(world.bodies[ANA], (x - 3) * UNIT, y * UNIT)
    assert grown(world, x, y, 800) == [AIR, tree]


def test_a_crop_is_rolled_back_however_far_it_grew_but_not_into_what_it_never_was() -> None:
    world = field(edits=[set_tile(1, 1, "ripe wheat"), set_tile(2, 2, "ripe wheat")])
    sown = Undo(1, 1, BLOCK, SEEDS, AIR, (1,), {(ANA, SEEDS): 1})
    assert world.tick([], [sown])[0] == BlockChanged(1, 1, BLOCK, AIR, 0, RIPE, undoes=(1,))
    other = Undo(2, 2, BLOCK, by_name("stone").id, AIR, (2,), {})
    assert world.tick([], [other]) == [NotUndone("somebody changed it since")]


def test_a_world_full_of_crops_costs_each_tick_its_share_only(monkeypatch: pytest.MonkeyPatch) -> None:
    visited: list[int] = []
    real = growth._ripe
    monkeypatch.setattr(growth, "_ripe", lambda w, key, n: visited.append(w.tick_number) or real(w, key, n))
    world = field()
    for _ in range(growth.ROUND):
        world.tick([])
    assert visited and len(visited) == len(set(visited))
