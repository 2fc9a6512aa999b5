"""Scrolls are hidden on tiles and found by others; biomes and regions are discovered; each once, and in person."""

from __future__ import annotations

from lawns import answers, lawn, saved

from nanoverse.world.blocks import by_name
from nanoverse.world.bodies import AGENT, PLAYER
from nanoverse.world.constants import FIND, MAX_SCROLL, SCROLLS, SCROLLS_IN_CHUNK, STACK
from nanoverse.world.events import Event, Found, Recovered
from nanoverse.world.inputs import Claim, Dig, Hide, Input, Move, Recover
from nanoverse.world.scrolls import SCROLL, Scroll
from nanoverse.world.simulation import Simulation
from nanoverse.world.terrain import Terrain

ANN, BEN = 1, 2
HIDDEN = Scroll(7, 4, 0, "Dig deeper", ANN)


def meadow(*, ben_at: int = 0, **kept: object) -> Simulation:
    """Ann far from Ben, both in person; Ann carries scrolls."""
    world = Simulation(3, lawn(), **kept)  # type: ignore[arg-type]
    world.add_body(ANN, "Ann", 0, saved(-10, -10, ("scroll", STACK)))
    world.add_body(BEN, "Ben", 0, saved(ben_at, 0))
    for body in world.bodies.values():
        body.driver = PLAYER
    return world


def ask(world: Simulation, given: Input, body: int = ANN) -> list[str]:
    return answers(world.tick([(body, given)]), given.ref)


def walk(world: Simulation, body: int, steps: int, dx: int = 1) -> list[Event]:
    return [event for n in range(steps) for event in world.tick([(body, Move(n + 1, dx, 0))])]


def finds(events: list[Event], kind: str = "scroll") -> list[Found]:
    return [event for event in events if isinstance(event, Found) and event.kind == kind]


def carried(world: Simulation) -> int:
    return sum(count for block, count in world.bodies[ANN].slots if block == SCROLL)


def test_a_hidden_scroll_is_found_once_by_who_comes_within_two_tiles() -> None:
    world = meadow(scrolls=[HIDDEN], last_scroll=7)
    events = walk(world, BEN, 5)
    assert finds(events) == []  # one tile on, three away
    events = walk(world, BEN, 6)
    assert finds(events) == [Found(BEN, "scroll", "7", 4, 0, text="Dig deeper", author=ANN)]
    assert abs(world.bodies[BEN].tile[0] - 4) == FIND
    assert finds(walk(world, BEN, 20, -1) + walk(world, BEN, 20)) == []


def test_what_was_found_before_a_restart_is_not_found_again() -> None:
    world = meadow(scrolls=[HIDDEN], last_scroll=7, found=[(BEN, "scroll", "7")])
    assert finds(walk(world, BEN, 30)) == []


def test_who_hid_a_scroll_never_finds_it_by_walking_or_digging() -> None:
    world = meadow()
    assert ask(world, Hide(1, -9, -10, "mine")) == ["done"]
    assert finds(walk(world, ANN, 20) + world.tick([(ANN, Dig(9, -8, -10))])) == []
    events = [event for _ in range(100) for event in world.tick([])]
    assert finds(events) == []


def test_a_scroll_is_found_by_digging_where_it_lies() -> None:
    world = meadow(scrolls=[HIDDEN], last_scroll=7)
    assert finds(world.tick([(BEN, Dig(1, 4, 0))])) == []
    events = [event for _ in range(100) for event in world.tick([])]
    assert [one.what for one in finds(events)] == ["7"]
    assert finds(walk(world, BEN, 30)) == []


def test_what_an_agent_passes_is_left_for_its_player() -> None:
    world = meadow(scrolls=[HIDDEN], last_scroll=7)
    ben = world.bodies[BEN]
    ben.driver = AGENT
    events = walk(world, BEN, 15)
    assert not [event for event in events if isinstance(event, Found)]
    ben.driver = PLAYER
    assert [one.what for one in finds(walk(world, BEN, 1))] == ["7"]


def test_biomes_and_regions_are_discovered_once_each() -> None:
    world = meadow()
    events = walk(world, BEN, 20)
    assert next(one.name for one in finds(events, "biome")) == world.biome_at(2, 2)
    assert next(one.name for one in finds(events, "place")) == world.place_name(2, 2)
    again = walk(world, BEN, 20, -1)
    seen = {(one.kind, one.what) for one in events if isinstance(one, Found)}
    assert not seen & {(one.kind, one.what) for one in again if isinstance(one, Found)}


def test_a_ruin_is_discovered_once_by_who_walks_into_it_in_person() -> None:
    terrain = Terrain(3)
    x, y = next(
        ruin
        for cx in range(40)
        for tile in ((32 * cx + i, j) for i in range(32) for j in range(32))
        if (ruin := terrain.ruin_at(*tile))
    )
    floor = [
        (x + i, y + j, layer, by_name("grass").id if layer == 0 else 0)
        for i in range(-20, 20)
        for j in range(-2, 3)
        for layer in (0, 1)
    ]
    world = Simulation(3, floor)
    world.add_body(BEN, "Ben", 0, saved(x - 12, y))
    ben = world.bodies[BEN]
    ben.driver = AGENT
    assert finds(walk(world, BEN, 60), "ruin") == [], "an agent finds nothing"
    ben.driver = PLAYER
    (found,) = finds(walk(world, BEN, 60, -1), "ruin")
    assert (found.what, found.name) == (f"{x},{y}", world.place_name(found.x, found.y))
    assert finds(walk(world, BEN, 60), "ruin") == []


def test_hiding_uses_up_one_scroll_and_numbers_are_never_given_twice() -> None:
    world = meadow(last_scroll=7)
    assert ask(world, Hide(1, -9, -10, "one")) == ["done"]
    assert carried(world) == STACK - 1
    assert ask(world, Recover(2, 8)) == ["done"]
    assert carried(world) == STACK - 1
    assert ask(world, Hide(3, -9, -10, "two")) == ["done"]
    assert [scroll.id for scroll in world.scrolls.of(ANN)] == [9]
    assert ask(world, Recover(4, 8)) == ["There is no such scroll of yours, or on your land."]


def test_what_cannot_be_hidden_is_refused_with_a_sentence_and_costs_nothing() -> None:
    world = meadow(scrolls=[Scroll(7, -9, -9, "taken", BEN)], last_scroll=7)
    assert ask(world, Hide(1, 0, 0, "far")) == ["That is out of reach."]
    assert ask(world, Hide(1, -9, -10, "")) == ["Write something on the scroll first."]
    too_long = "x" * (MAX_SCROLL + 1)
    assert ask(world, Hide(1, -9, -10, too_long)) == ["A scroll has room for 200 characters, not 201."]
    assert ask(world, Hide(1, -9, -9, "there")) == ["Something is hidden there already."]
    assert ask(world, Hide(1, 1, 0, "none"), BEN) == ["You have no scroll to write on."]
    assert ask(world, Recover(1, 7)) == ["There is no such scroll of yours, or on your land."]
    assert carried(world) == STACK


def test_a_chunk_and_an_author_have_a_limit() -> None:
    near = [Scroll(n + 1, -1 - n, -1, "here", BEN) for n in range(SCROLLS_IN_CHUNK)]
    world = meadow(scrolls=near, last_scroll=99)
    refused = "16 scrolls are hidden around here already; there is no room for more."
    assert ask(world, Hide(1, -9, -10, "one more")) == [refused]
    world.scrolls.remove(near[0])
    assert ask(world, Hide(1, -9, -10, "one more")) == ["done"]
    far = [Scroll(n + 1, 1000 * n, 1000, "far", ANN) for n in range(SCROLLS)]
    world = meadow(scrolls=far, last_scroll=99)
    refused = "You have hidden 24 scrolls; take one back before you hide another."
    assert ask(world, Hide(1, -9, -10, "one more")) == [refused]


def test_nobody_hides_on_anothers_land_and_its_owner_takes_away_what_lies_there() -> None:
    world = meadow(scrolls=[Scroll(7, 5, 5, "rude words", ANN)], last_scroll=7)
    assert ask(world, Claim(1, 0, 0), BEN) == ["done"]
    world.bodies[ANN].x, world.bodies[ANN].y = world.bodies[BEN].x, world.bodies[BEN].y
    assert ask(world, Hide(1, 1, 0, "here")) == ["This is Ben's land."]
    assert ask(world, Recover(1, 7), BEN) == ["done"]


def test_who_is_forgotten_leaves_no_scroll_behind_and_room_for_others() -> None:
    world = meadow(scrolls=[Scroll(1, -9, -10, "mine", ANN), Scroll(2, 5, 5, "yours", BEN)], last_scroll=2)
    assert Recovered(ANN, 1) in world.forget(ANN)
    assert world.scrolls.of(ANN) == [] and world.scrolls.at(-9, -10) is None
    assert [scroll.id for scroll in world.scrolls.of(BEN)] == [2]
