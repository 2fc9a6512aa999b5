"""Ways that players ask for: found in turns, out of one budget for each tick that agents share."""

from __future__ import annotations

import msgpack
import pytest
from lawns import LAWN, saved, set_tile

from nanoverse import protocol
from nanoverse.agents import drivers as drivers_module
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.goals import PATH_NODES
from nanoverse.world import constants
from nanoverse.world.bodies import Body
from nanoverse.world.constants import CHUNK, FAR, LEG, MOST_WAY, VIEW_RADIUS
from nanoverse.world.events import Event, Refused, WayFound
from nanoverse.world.inputs import Claim, Go, Move
from nanoverse.world.paths import Search, Tile, Walker
from nanoverse.world.simulation import Simulation
from nanoverse.world.ways import NODES_PER_TICK, TURN

NO_WAY, TOO_FAR = "There is no way there.", "That is too far."
RING = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if max(abs(i), abs(j)) == 2]


def answers(events: list[Event]) -> list[WayFound | Refused]:
    return [event for event in events if isinstance(event, WayFound | Refused)]


def asked(world: Simulation, go: Go, body: int = 1, ticks: int = 20) -> WayFound | str:
    """The way, or the sentence that there is none."""
    given: list[tuple[int, Go]] = [(body, go)]
    for _ in range(ticks):
        for answer in answers(world.tick(given)):
            assert (answer.body, answer.ref) == (body, go.ref)
            return answer if isinstance(answer, WayFound) else answer.reason
        given = []
    raise AssertionError(f"no answer within {ticks} ticks")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tiles each turn of a search looked at."""
    turns: list[int] = []
    go_on = Search.go_on

    def counted(search: Search, budget: int) -> None:
        before = search.looked_at
        go_on(search, budget)
        turns.append(search.looked_at - before)

    monkeypatch.setattr(Search, "go_on", counted)
    return turns


def test_a_way_is_found_in_the_tick_in_which_it_is_asked_for_and_leads_there(
    world: Simulation, body: Body
) -> None:
    found = asked(world, Go(7, 9, -4), ticks=1)
    assert isinstance(found, WayFound) and found.arrives and found.path[-1] == (9, -4)
    walker = Walker(found.path)
    while (step := walker.next_move(body)) is not None:
        world.tick([(1, Move(0, *step))])
    assert body.tile == (9, -4)


def test_asking_moves_nobody(world: Simulation, body: Body) -> None:
    before = body.x, body.y
    asked(world, Go(1, 5, 5))
    world.tick([])
    assert (body.x, body.y) == before


def test_what_is_solid_is_walked_up_to(meadow) -> None:
    world = meadow(set_tile(6, 0, "oak"))
    world.add_body(1, "Mira", 0, saved(0, 0))
    found = asked(world, Go(1, 6, 0))
    assert isinstance(found, WayFound) and found.arrives and found.path[-1] == (5, 0)


def test_there_is_no_way_into_a_closed_room(meadow) -> None:
    world = meadow(*[set_tile(8 + i, j, "stone") for i, j in RING])
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert asked(world, Go(1, 8, 0)) == NO_WAY


def test_a_shut_door_is_a_way_for_whoever_may_open_it(meadow) -> None:
    walls = [set_tile(8 + i, j, "door" if (i, j) == (-2, 0) else "stone") for i, j in RING]
    world = meadow(*walls)
    world.add_body(1, "Mira", 0, saved(0, 0))
    owner = world.add_body(2, "Tom", 0, saved(8, 0))
    found = asked(world, Go(1, 8, 0))
    assert isinstance(found, WayFound) and (6, 0) in found.path
    world.tick([(owner.id, Claim(1, 8, 0))])
    assert world.land.owner_at(8, 0) == owner.id
    assert asked(world, Go(2, 8, 0)) == NO_WAY
    home = asked(world, Go(3, 0, 0), body=owner.id)
    assert isinstance(home, WayFound) and (6, 0) in home.path


def test_what_is_too_far_is_refused_and_costs_nothing(
    world: Simulation, body: Body, looked_at: list[int]
) -> None:
    for goal in ((FAR + 1, 0), (0, -FAR - 1), (constants.EDGE, -constants.EDGE)):
        assert asked(world, Go(1, *goal), ticks=1) == TOO_FAR
    assert looked_at == []


def test_a_place_out_of_sight_is_walked_to_in_legs_that_stay_in_sight() -> None:
    world = Simulation(seed=2)
    body = world.add_body(1, "Mira", 0, None)
    start, goal = body.tile, (body.tile[0] + 150, body.tile[1])
    sight = range((start[0] // CHUNK - VIEW_RADIUS) * CHUNK, (start[0] // CHUNK + VIEW_RADIUS + 1) * CHUNK)
    found = asked(world, Go(1, *goal))
    assert isinstance(found, WayFound) and not found.arrives
    assert max(abs(a - b) for a, b in zip(found.path[-1], start, strict=True)) == LEG
    assert abs(found.path[-1][0] - goal[0]) < 150 - LEG // 2, "it leads nearer"
    assert all(x in sight for x, _ in found.path)


def test_land_that_was_never_shown_is_a_wall(meadow) -> None:
    """Nothing is made, and nothing told, of what lies behind the horizon, however long one looks for a way."""
    world = meadow(*[set_tile(i, j, "stone") for i, j in RING if (i, j) != (2, 0)])
    world.add_body(1, "Mira", 0, saved(0, 0))
    seen: set[Tile] = set()
    real = world.tiles.is_solid

    def noting(x: int, y: int) -> bool:
        seen.add((x // CHUNK, y // CHUNK))
        return real(x, y)

    world.tiles.is_solid = noting  # type: ignore[method-assign]
    asked(world, Go(1, CHUNK * VIEW_RADIUS + CHUNK - 1, 0))
    assert seen and all(max(abs(cx), abs(cy)) <= VIEW_RADIUS for cx, cy in seen)


def test_two_hundred_who_ask_at_once_take_turns_and_no_tick_looks_at_more(
    meadow, looked_at: list[int]
) -> None:
    world = meadow(*[set_tile(LAWN - 4 + i, j, "stone") for i, j in RING])
    people = range(1, 201)
    for id in people:
        world.add_body(id, f"P{id}", 0, saved(id % 20 - 10, id // 20 - 5))
    nowhere = {id for id in people if id % 4 == 0}  # these look for a way into the closed room, for long
    given = [(id, Go(id, LAWN - 4, 0) if id in nowhere else Go(id, 15, 15)) for id in people]
    answered: dict[int, int] = {}
    for tick in range(220):
        looked_at.clear()
        events = world.tick(given)
        assert sum(looked_at) <= NODES_PER_TICK
        for answer in answers(events):
            assert answer.body not in answered, "each is answered once"
            assert isinstance(answer, Refused) == (answer.body in nowhere)
            answered[answer.body] = tick
        given = []
    assert set(answered) == set(people)
    last = max(answered[id] for id in people if id not in nowhere)
    assert last <= len(people) * TURN / NODES_PER_TICK, "who asks much keeps nobody waiting"


def test_agents_and_players_share_the_budget_and_neither_starves(monkeypatch, meadow) -> None:
    world = meadow(*[set_tile(8 + i, j, "stone") for i, j in RING])
    for id in range(1, 31):
        world.add_body(id, f"P{id}", 0, saved(id % 10 - 12, id // 10))
    drivers, choices = Drivers(world, 1), list[int]()
    real = drivers_module.choose
    monkeypatch.setattr(drivers_module, "choose", lambda *a: choices.append(1) or real(*a))
    for id in range(1, 21):
        drivers.take_over(id, [])
    drivers.inputs()
    assert len(choices) == NODES_PER_TICK // PATH_NODES, "all of it, while no player waits"
    world.tick([(id, Go(1, 8, 0)) for id in range(21, 31)])
    choices.clear()
    drivers.inputs()
    assert len(choices) == NODES_PER_TICK // PATH_NODES // 2
    left = set(range(21, 31))
    for _ in range(100):
        left -= {answer.body for answer in answers(world.tick(drivers.inputs())) if answer.body > 20}
    assert not left


def test_who_asks_again_is_answered_only_for_the_newest(meadow, looked_at: list[int]) -> None:
    world = meadow(*[set_tile(8 + i, j, "stone") for i, j in RING])
    world.add_body(1, "Mira", 0, saved(0, 0))
    first = answers(world.tick([(1, Go(1, 8, 0)), (1, Go(2, 4, 0))]))
    assert [answer.ref for answer in first] == [1, 2]
    assert isinstance(first[0], Refused) and isinstance(first[1], WayFound)


def test_nothing_is_looked_for_any_more_for_who_has_left(meadow, looked_at: list[int]) -> None:
    world = meadow(*[set_tile(8 + i, j, "stone") for i, j in RING])
    world.add_body(1, "Mira", 0, saved(0, 0))
    assert answers(world.tick([(1, Go(1, 8, 0))])) == []
    world.ways.forget(1)
    looked_at.clear()
    assert answers(world.tick([])) == [] and looked_at == []
    world.tick([(1, Go(2, 8, 0))])
    world.remove_body(1)
    assert answers(world.tick([])) == []


@pytest.mark.parametrize(
    "values", [(1, 0.5, 0), (1, 0, protocol.COORDINATE + 1), (1, "0", 0), (1, 0), (-1, 0, 0), (1, True, 0)]
)
def test_the_table_refuses_bad_numbers(values: tuple[object, ...]) -> None:
    kind = next(message.kind for message in protocol.CLIENT if message.name == "go")
    with pytest.raises(protocol.ProtocolError):
        protocol.decode(msgpack.packb((kind, *values)))


def test_the_wire_has_room_for_the_longest_way() -> None:
    assert protocol.MOST_WAY == MOST_WAY
