"""Agents live in a real world: they gather, build, visit and seek company, by inputs of the table and nothing else."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence

import pytest
from stage import LAWN, add, meadow

from nanoverse.agents import building, goals
from nanoverse.agents import drivers as drivers_module
from nanoverse.agents.building import ASKS, BUILDS_BEYOND, WAITS, Works
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.goals import PATH_NODES, PATIENCE, Goal, Knowledge, Rest, Walk, choose, nearest_blocks
from nanoverse.protocol import AGENT, ASLEEP, PLAYER
from nanoverse.world.blocks import BY_ID, by_name
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DAY_TICKS, PLOT, TICK_HZ
from nanoverse.world.events import BlockChanged, Crafted, Event, InventoryChanged, Refused
from nanoverse.world.inputs import INPUTS, Dig, Input, Move, Place
from nanoverse.world.paths import find_path
from nanoverse.world.recipes import RECIPE
from nanoverse.world.simulation import Simulation
from nanoverse.world.ways import NODES_PER_TICK


def live(world: Simulation, drivers: Drivers, seconds: float) -> list[tuple[int, Input]]:
    """Let agents drive for so long; returns all that they did."""
    done = []
    for _ in range(int(seconds * TICK_HZ)):
        inputs = drivers.inputs()
        done += inputs
        drivers.notice(world.tick(inputs))
    return done


def pursue(world: Simulation, body: Body, goal: Goal) -> list[Event]:
    """Follow one goal to its end; returns what happened."""
    happened: list[Event] = []
    while not goal.done and world.tick_number < goal.until:
        wanted = goal.act(world, body)
        events = world.tick([(body.id, wanted)] if wanted else [])
        happened += events
        if any(isinstance(event, Refused) for event in events):
            goal.done = True
    assert goal.done, "the goal has no end"
    return happened


def chosen(world: Simulation, body: Body, kind: str, knowledge: Knowledge, seed: int = 1) -> Goal:
    """The goal of an agent that wishes for this kind of thing, or, where it may not, for the likeliest."""

    class Wishful(random.Random):
        def choices(self, population, weights=None, **more):  # type: ignore[no-untyped-def]
            if not isinstance(population[0], str):
                return super().choices(population, weights, **more)
            likely = dict(zip(population, weights, strict=True))
            return [kind if likely[kind] else max(likely, key=likely.__getitem__)]

    return choose(world, body, knowledge, Wishful(seed))


def knows(favourites: Sequence[building.Tile] = (), company: Body | None = None) -> Knowledge:
    return Knowledge(favourites, company, Works())


NOTHING = knows()  # its works are for agents that do not build


def test_an_agent_gathers_what_lies_around() -> None:
    world = meadow((6, 2, "oak"))
    body = add(world, 1, "Mira", 0)
    happened = pursue(world, body, chosen(world, body, "gather", NOTHING))
    assert any(isinstance(event, InventoryChanged) for event in happened)
    assert [by_name("wood").id, 1] in body.slots and world.block_at(6, 2) == 0


def test_an_agent_gathers_what_can_be_walked_onto() -> None:
    world = meadow((4, 0, "berry bush"))
    body = add(world, 1, "Mira", 0)
    pursue(world, body, chosen(world, body, "gather", NOTHING))
    assert world.block_at(4, 0) == 0 and body.slots[0][1] == 1


def test_where_there_is_nothing_to_gather_an_agent_rests() -> None:
    world = Simulation(5, [(x, y, 1, 0) for x in range(-64, 64) for y in range(-64, 64)])
    body = add(world, 1, "Mira", 0)
    assert isinstance(chosen(world, body, "gather", NOTHING), Rest)


def test_an_agent_builds_with_what_it_carries_and_no_more() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("poppy", 3), ("wood", 20))
    happened = pursue(world, body, chosen(world, body, "build", knows()))
    built = [event for event in happened if isinstance(event, BlockChanged)]
    assert {event.block for event in built} == {by_name("wood").id} and len(built) == ASKS
    assert [by_name("poppy").id, 3] in body.slots and [by_name("wood").id, 20 - ASKS] in body.slots


def test_an_agent_makes_planks_sticks_and_torches_of_what_it_carries_and_no_more_than_enough() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("wood", 20), ("coal", 20))
    happened = pursue(world, body, chosen(world, body, "make", NOTHING))
    made = {RECIPE[event.recipe].name for event in happened if isinstance(event, Crafted)}
    assert made == {"planks", "stick", "torch"} and not any(isinstance(e, Refused) for e in happened)
    carries = {BY_ID[block].name: count for block, count in body.slots if count}
    assert carries["torch"] == 8 and carries["wood"] > 10


def test_an_agent_builds_out_of_its_bag_too() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, *[("poppy", 1)] * 12, ("wood", 15))
    happened = pursue(world, body, chosen(world, body, "build", knows()))
    assert sum(isinstance(event, BlockChanged) for event in happened) == ASKS
    assert not any(isinstance(event, Refused) for event in happened)


def test_an_agent_leaves_alone_what_asks_for_a_tool() -> None:
    world = Simulation(5, [(x, y, 1, 0) for x in range(-64, 64) for y in range(-64, 64)] + [(3, 0, 1, 87)])
    assert world.block_at(3, 0) == by_name("iron ore").id
    body = add(world, 1, "Mira", 0)
    assert isinstance(chosen(world, body, "gather", NOTHING), Rest)


def built(happened: Sequence[Event]) -> list[building.Tile]:
    return [(event.x, event.y) for event in happened if isinstance(event, BlockChanged) and event.block]


def test_an_agent_begins_no_hut_that_it_cannot_finish() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("wood", ASKS - 1))
    assert not isinstance(chosen(world, body, "build", knows()), goals.Build)


def called_away_from_a_hut() -> tuple[Simulation, Body, Knowledge, list[Event]]:
    """A builder with wood enough, what it knows, and what has happened: five blocks of a hut are set."""
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("wood", 60))
    knowledge = knows()
    goal = chosen(world, body, "build", knowledge)
    happened: list[Event] = []
    while len(built(happened)) < 5:
        wanted = goal.act(world, body)
        happened += world.tick([(1, wanted)] if wanted else [])
    return world, body, knowledge, happened


def test_an_agent_finishes_what_it_was_called_away_from_before_it_begins_another() -> None:
    world, body, knowledge, happened = called_away_from_a_hut()
    world.tick_number += WAITS * DAY_TICKS  # a new day, on which it might begin another
    for seed in range(2, 4):
        happened += pursue(world, body, chosen(world, body, "build", knowledge, seed))
        if knowledge.works.unfinished is None:
            break
    tiles = built(happened)
    assert len(set(tiles)) == len(tiles) == ASKS
    assert max(x for x, _ in tiles) - min(x for x, _ in tiles) == 4
    assert max(y for _, y in tiles) - min(y for _, y in tiles) == 4


def test_after_a_restart_an_agent_finishes_its_hut_and_begins_no_other_that_day() -> None:
    world, body, knowledge, happened = called_away_from_a_hut()
    knowledge = Knowledge([], None, Works.remembered(knowledge.works.kept(1)))
    happened += pursue(world, body, chosen(world, body, "build", knowledge, 2))
    assert len(set(built(happened))) == len(built(happened)) == ASKS
    knowledge = Knowledge([], None, Works.remembered(knowledge.works.kept(1)))
    assert knowledge.works.unfinished is None and not knowledge.works.may_begin(world)
    world.tick_number += WAITS * DAY_TICKS
    assert knowledge.works.may_begin(world)


def test_a_hut_that_cannot_be_reached_any_more_is_given_up() -> None:
    world = meadow(*((10 + x, y, "stone") for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y))
    body = add(world, 1, "Mira", 0, 0, ("wood", 60))
    knowledge = knows()
    knowledge.works.begin(world, (10, 0))
    assert isinstance(chosen(world, body, "build", knowledge), Rest)
    assert knowledge.works.unfinished is None


def test_an_agent_waits_longer_after_each_hut_and_a_restart_makes_it_no_shorter() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("wood", 99))
    knowledge = knows()
    begun_on: list[int] = []
    for day in range(WAITS + WAITS**2 + 2):
        world.tick_number = day * DAY_TICKS
        for seed in range(8):
            if isinstance(goal := chosen(world, body, "build", knowledge, seed), goals.Build):
                pursue(world, body, goal)
        if knowledge.works.kept(1).begun > len(begun_on):
            begun_on.append(day)
            body.slots[0] = [by_name("wood").id, 99]
        knowledge = Knowledge([], None, Works.remembered(knowledge.works.kept(1)))
    assert begun_on == [0, WAITS, WAITS + WAITS**2]


def test_in_a_year_an_agent_builds_no_more_than_a_handful_of_huts() -> None:
    world, agent = meadow(), Works()
    year = 365 * 24 * 60 * 60 * TICK_HZ // DAY_TICKS
    huts = 0
    for day in range(year):
        world.tick_number = day * DAY_TICKS
        if agent.may_begin(world):
            agent.begin(world, (0, 0)).left.clear()
            huts += 1
    assert huts < 10


def test_agents_leave_the_country_around_the_commons_open_and_walk_out_to_build() -> None:
    world = meadow()
    world.land.spawn, world.land.commons = (0, 0), 4
    body = add(world, 1, "Mira", 2, 0, ("wood", 99))
    knowledge = knows()
    tiles: list[building.Tile] = []
    for seed in range(40):
        if isinstance(goal := chosen(world, body, "build", knowledge, seed), Walk):
            tiles += built(pursue(world, body, goal))
        world.tick([])  # a choice that comes to nothing has used up what may be looked at in a tick
        if tiles:
            break
    assert tiles and knowledge.works.unfinished is None
    assert min(max(abs(x), abs(y)) for x, y in tiles) >= 4 + BUILDS_BEYOND - 2


def test_on_its_players_own_land_an_agent_builds_beside_the_commons_too() -> None:
    claims = [(x, y, 1) for x in (0, 1) for y in (-1, 0)]
    world = Simulation(5, [], commons=4, claims=claims)
    world.land.spawn = (0, 0)
    assert not building.crowds_spawn(world, add(world, 1, "Mira", 8), (8, 8))
    assert building.crowds_spawn(world, add(world, 2, "Tom", 9), (8, 8))


def test_an_agent_builds_into_nobodys_house() -> None:
    world = meadow(*((x, y, "planks") for x in range(-24, 24) if x for y in (-9, -6, -3, -1, 1, 3, 6, 9)))
    body = add(world, 1, "Mira", 0, 0, ("wood", 99))
    for seed in range(20):
        assert not isinstance(chosen(world, body, "build", knows(), seed), goals.Build)


def shut_in(world: Simulation, start: building.Tile) -> bool:
    """Whether one gets from this tile nowhere, on foot."""
    seen, edge = {start}, [start]
    for x, y in edge:
        if max(abs(x - start[0]), abs(y - start[1])) > 30:
            return False
        for tile in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if tile not in seen and not world.is_solid(*tile):
                seen.add(tile)
                edge.append(tile)
    return True


def test_no_hut_in_a_wood_is_a_closed_cell() -> None:
    huts = 0
    for seed in range(60):
        rng = random.Random(seed)
        oaks = {(rng.randrange(-LAWN, LAWN), rng.randrange(-LAWN, LAWN)) for _ in range(500)} - {(0, 0)}
        world = meadow(*((x, y, "oak") for x, y in oaks))
        body = add(world, 1, "Mira", 0, 0, ("wood", 60))
        if shut_in(world, (0, 0)):
            continue
        if isinstance(goal := chosen(world, body, "build", knows(), seed), goals.Build):
            pursue(world, body, goal)
            huts += 1
            assert not shut_in(world, body.tile), seed
    assert huts > 10


def test_a_hut_keeps_its_distance_from_what_is_built_so_that_it_stands_in_front_of_no_door() -> None:
    world = meadow((0, 0, "planks"))
    body = add(world, 1, "Mira", 9)
    assert building.fits(world, body, (0, 4)) and building.fits(world, body, (-4, -1))
    assert not building.fits(world, body, (0, 3)) and not building.fits(world, body, (-3, -1))


def walled(name: str) -> list[tuple[int, int, str]]:
    return [(x, y, name) for x in range(-2, 3) for y in range(-2, 3) if max(abs(x), abs(y)) == 2]


def test_an_agent_that_is_shut_in_digs_its_way_out() -> None:
    world = meadow(*walled("planks"))
    body = add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    live(world, drivers, 300)
    assert not shut_in(world, body.tile)
    assert sum(world.block_at(x, y) == 0 for x, y, _ in walled("planks")) == 1, "one hole is enough"


@pytest.mark.parametrize("owner", [1, 2])
def test_through_the_walls_of_somebodys_land_no_agent_digs_its_way_out(owner: int) -> None:
    claims = [(x, y, owner) for x in (-1, 0) for y in (-1, 0)]
    world = meadow(*walled("planks"), claims=claims)
    add(world, 1, "Mira", 0)
    add(world, 2, "Tom", 20)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    live(world, drivers, 300)
    assert all(world.block_at(x, y) for x, y, _ in walled("planks"))


def test_leave_to_build_is_for_a_players_own_hands_not_their_agents() -> None:
    oaks = [(x, y, "oak") for x in range(-12, 13, 3) for y in range(-12, 13, 3) if x and y]
    claims = [(x, y, 2) for x in range(-2, 2) for y in range(-2, 2)]
    for guests in ([], [(2, 1)]):
        world = meadow(*oaks, claims=claims, guests=guests)
        body = add(world, 1, "Mira", 0, 0, ("wood", 60))
        add(world, 2, "Tom", 5)
        assert (world.land.refusal(1, 1, 1) is None) == bool(guests)
        for seed in range(10):
            assert not isinstance(chosen(world, body, "build", knows(), seed), goals.Build)
            world.tick([])
        body.slots[0] = [0, 0]
        assert not isinstance(chosen(world, body, "gather", NOTHING), goals.Gather)
    own = meadow(*oaks, claims=[(x, y, 1) for x, y, _ in claims])
    assert isinstance(chosen(own, add(own, 1, "Mira", 0), "gather", NOTHING), goals.Gather)


def test_a_hut_begun_on_land_that_became_anothers_is_left_without_a_refusal() -> None:
    world, body, knowledge, _ = called_away_from_a_hut()
    add(world, 2, "Tom", 20)
    claim_around(world, 2, knowledge)
    world.land.allow(world.bodies[2], 1, True)
    happened = pursue(world, body, chosen(world, body, "build", knowledge, 2))
    assert not built(happened) and not any(isinstance(event, Refused) for event in happened)


def claim_around(world: Simulation, player: int, knowledge: Knowledge) -> None:
    """All the land of an unfinished hut is this player's."""
    hut = knowledge.works.unfinished
    assert hut is not None
    for x, y in building.around(hut.middle):
        world.land._owners[x // PLOT, y // PLOT] = player


def test_an_agent_builds_with_what_is_common_and_leaves_its_player_the_rest() -> None:
    world = meadow()
    treasures = [("cactus", 20), ("crystal", 40), ("gilded stone", 30), ("lantern", 20), ("brick", 40)]
    body = add(world, 1, "Mira", 0, 0, *treasures, ("wood", 20))
    happened = pursue(world, body, chosen(world, body, "build", knows()))
    assert len(built(happened)) == ASKS and not any(isinstance(event, Refused) for event in happened)
    assert [[by_name(name).id, count] for name, count in treasures] == body.slots[:5]
    body.slots[5] = [0, 0]
    assert not isinstance(chosen(world, body, "build", knows()), goals.Build)


def test_an_agent_laden_with_other_things_still_gathers_what_a_hut_takes() -> None:
    world = meadow((4, 0, "berry bush"), (6, 2, "oak"))
    body = add(world, 1, "Mira", 0, 0, ("poppy", 80))
    goal = chosen(world, body, "gather", knows())
    assert isinstance(goal, goals.Gather) and goal._target == (6, 2)


def test_an_agent_is_not_shut_in_by_its_own_hut() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0, 0, ("wood", 40))
    pursue(world, body, chosen(world, body, "build", knows()))
    outside = body.tile[0], body.tile[1] + 12
    pursue(world, body, chosen(world, body, "visit", knows((outside,))))
    assert body.tile == outside


def test_an_agent_that_carries_much_builds_instead_of_gathering_more() -> None:
    world = meadow((3, 0, "oak"))
    body = add(world, 1, "Mira", 0, 0, ("wood", 99))
    pursue(world, body, chosen(world, body, "gather", NOTHING))
    assert world.block_at(3, 0) == by_name("oak").id and body.slots[0][1] < 99


def test_an_agent_never_wishes_for_what_cannot_be() -> None:
    class Curious(random.Random):
        def choices(self, population, weights=None, **more):  # type: ignore[no-untyped-def]
            asked.append({wish for wish, weight in zip(population, weights, strict=True) if weight})
            return ["rest"]

    asked: list[set[str]] = []
    world = meadow()
    choose(world, add(world, 1, "Mira", 0), NOTHING, Curious())
    friend = add(world, 2, "Tom", 3)
    rich = add(world, 3, "Ada", 6, 0, ("wood", 99))
    choose(world, rich, knows(((9, 9),), friend), Curious())
    assert asked == [{"rest", "stroll", "gather"}, {"rest", "stroll", "build", "visit", "company", "make"}]


def test_an_agent_visits_places_that_its_player_likes() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0)
    pursue(world, body, chosen(world, body, "visit", knows(((12, -8),))))
    assert body.tile == (12, -8)


def test_a_place_that_is_far_is_walked_to_in_parts() -> None:
    world = meadow()
    body = add(world, 1, "Mira", -20)
    pursue(world, body, chosen(world, body, "visit", knows(((20, 0),))))
    assert body.tile == (0, 0)


def test_an_agent_seeks_company_and_stops_at_arms_length() -> None:
    world = meadow()
    body, friend = add(world, 1, "Mira", 0), add(world, 2, "Tom", 15)
    pursue(world, body, chosen(world, body, "company", knows((), friend)))
    assert body.tile == (13, 0)


def test_an_agent_looks_for_people_before_other_agents_and_not_for_who_sleeps() -> None:
    world = meadow()
    body, sleeper = add(world, 1, "Mira", 0), add(world, 2, "Zoe", 1)
    agent, person = add(world, 3, "Lena", 3), add(world, 4, "Tom", 9)
    sleeper.driver, agent.driver, person.driver = ASLEEP, AGENT, PLAYER
    drivers = Drivers(world, 1)
    assert drivers._company(body) is person
    world.remove_body(person.id)
    assert drivers._company(body) is agent
    world.remove_body(agent.id)
    assert drivers._company(body) is None


def test_left_to_itself_an_agent_lives_by_inputs_of_the_table() -> None:
    world = meadow(*((x, 5, "oak") for x in range(-8, 8)))
    add(world, 1, "Mira", 0)
    add(world, 2, "Tom", 10)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [(5, 5)])
    done = live(world, drivers, 180)
    assert {player for player, _ in done} == {1}
    assert {type(given) for _, given in done} <= set(INPUTS.values())
    assert {given.ref for _, given in done} == {0}
    assert any(isinstance(given, Dig) for _, given in done)
    assert sum(world.block_at(x, 5) == by_name("oak").id for x in range(-8, 8)) < 16


def test_the_same_seed_lives_the_same_life() -> None:
    lives = []
    for _ in range(2):
        world = meadow((5, 5, "oak"))
        add(world, 1, "Mira", 0)
        drivers = Drivers(world, 9)
        drivers.take_over(1, [])
        lives.append(live(world, drivers, 40))
    assert lives[0] == lives[1]


def test_a_refused_input_ends_the_goal_and_another_is_chosen() -> None:
    world = meadow()
    add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    drivers.inputs()
    before = drivers._goals[1]
    drivers.notice([Refused(1, 0, "That is out of reach.")])
    drivers.inputs()
    drivers.inputs()
    assert drivers._goals[1] is not before


def test_no_goal_is_pursued_for_ever() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0)
    goal = chosen(world, body, "stroll", NOTHING)
    assert goal.until == PATIENCE
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    drivers.inputs()
    first = drivers._goals[1]
    world.tick_number += PATIENCE
    for _ in range(2):
        drivers.inputs()
    assert drivers._goals[1] is not first


def test_what_is_handed_back_is_not_moved_in_the_very_next_tick() -> None:
    world = meadow()
    add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [(20, 20)])
    assert drivers.drives(1)
    live(world, drivers, 30)
    drivers.hand_back(1)
    assert not drivers.drives(1)
    assert not [given for _, given in live(world, drivers, 5) if isinstance(given, (Move, Dig, Place))]


def test_a_dig_of_the_agent_ends_when_its_player_comes() -> None:
    world = meadow((2, 0, "oak"))
    body = add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    world.tick([(1, Dig(0, 2, 0))])
    assert body.digs
    drivers.hand_back(1)
    world.tick(drivers.inputs())
    assert body.digs is None and drivers.inputs() == []


def test_who_is_taken_over_twice_has_one_goal_at_a_time() -> None:
    world = meadow()
    add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    for _ in range(3):
        drivers.take_over(1, [])
        drivers.hand_back(1)
    drivers.take_over(1, [])
    assert max(len([p for p, g in drivers.inputs() if isinstance(g, Move)]) for _ in range(20)) <= 1


def test_who_takes_and_gives_back_the_wheel_again_and_again_lets_no_other_agent_wait() -> None:
    world = meadow()
    add(world, 1, "Mira", 0)
    add(world, 2, "Tom", 5)
    drivers = Drivers(world, 1)
    for _ in range(100):
        drivers.take_over(1, [])
        drivers.hand_back(1)
    drivers.take_over(1, [])
    drivers.take_over(2, [])
    drivers.inputs()
    assert drivers._goals[2] is not None


def test_only_so_many_agents_choose_in_one_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    world = meadow()
    drivers = Drivers(world, 1)
    for player in range(1, 21):
        add(world, player, f"P{player}", player)
        drivers.take_over(player, [])
    choices = []
    real = drivers_module.choose
    monkeypatch.setattr(drivers_module, "choose", lambda *a: choices.append(1) or real(*a))
    drivers.inputs()
    assert len(choices) == NODES_PER_TICK // PATH_NODES


def test_the_trouble_of_one_agent_is_not_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Goal):
        def act(self, world: Simulation, body: Body) -> Input | None:
            raise RuntimeError("a plan that nobody thought through")

    world = meadow()
    add(world, 1, "Mira", 0)
    add(world, 2, "Lena", 2)
    drivers = Drivers(world, 1)
    plans = {1: Broken(world), 2: Walk(world, [(3, 0), (4, 0)])}
    monkeypatch.setattr(drivers_module, "choose", lambda world, body, *_: plans[body.id])
    for player in plans:
        drivers.take_over(player, [])
    with caplog.at_level(logging.ERROR):
        done = [given for _ in range(3) for given in drivers.inputs()]
    assert {player for player, _ in done} == {2} and "gives up what it was doing" in caplog.text


def test_an_agent_that_cannot_choose_rests_and_chooses_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing(*_: object) -> Goal:
        raise RuntimeError("a choice that nobody thought through")

    world = meadow((5, 5, "oak"), (-5, 2, "oak"))
    add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(drivers_module, "choose", nothing)
        assert live(world, drivers, 1) == []
    assert "finds nothing to do" in caplog.text
    assert live(world, drivers, 60) != []


def test_choosing_looks_for_one_way_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way that does not exist costs ten milliseconds to not find, and a tick has fifty."""
    walls = [(x, y, "stone") for x in range(-3, 4) for y in range(-3, 4) if max(abs(x), abs(y)) == 3]
    world = meadow(*walls, (10, 0, "oak"), (11, 0, "oak"), (12, 0, "oak"))
    body = add(world, 1, "Mira", 0, 0, ("wood", 20))
    searches = []
    real = goals.find_path
    monkeypatch.setattr(goals, "find_path", lambda *a: searches.append(1) or real(*a))
    friend = add(world, 2, "Tom", 15)
    for kind in ("gather", "build", "visit", "company", "stroll"):
        for seed in range(5):
            searches.clear()
            chosen(world, body, kind, knows(((15, 15),), friend), seed)
            assert len(searches) <= 1


def test_the_nearest_blocks_come_first_and_none_out_of_reach() -> None:
    world = meadow((5, 0, "oak"), (-2, 1, "oak"), (0, 21, "oak"), (3, 3, "stone"))
    found = nearest_blocks(world, (0, 0), frozenset({by_name("oak").id}), 20)
    assert found[:2] == [(-2, 1), (5, 0)] and (0, 21) not in found


def test_an_agent_opens_a_door_on_its_way_and_shuts_it_behind_itself() -> None:
    wall = [(3, y, "door" if y == 0 else "stone") for y in range(-20, 21)]
    world = meadow(*wall)
    body = add(world, 1, "Mira", 0, 0)
    path = find_path(world, (0, 0), (7, 0), 600)
    assert path is not None and (3, 0) in path
    happened = pursue(world, body, Walk(world, path))
    assert body.tile == (7, 0)
    turned = [event.block for event in happened if isinstance(event, BlockChanged)]
    assert turned == [by_name("open door").id, by_name("door").id]
    assert not any(isinstance(event, Refused) for event in happened)


@pytest.mark.parametrize(("owner", "way"), [(1, "through"), (2, "around")])
def test_a_door_that_an_agent_may_not_open_is_a_wall_to_it(owner: int, way: str) -> None:
    wall = [(3, y, "door" if y == 0 else "stone") for y in range(-6, 7)]
    world = meadow(*wall, claims=[(0, 0, owner)])
    body = add(world, 1, "Mira", 0)
    add(world, 2, "Tom", 20)
    happened = pursue(world, body, chosen(world, body, "visit", knows([(6, 0)])))
    assert body.tile == (6, 0) and not any(isinstance(event, Refused) for event in happened)
    opened = [event for event in happened if isinstance(event, BlockChanged)]
    assert bool(opened) == (way == "through")


def test_agents_leave_doors_where_they_stand_and_build_no_walls_of_them() -> None:
    world = meadow((2, 0, "open door"), (0, 2, "door"))
    body = add(world, 1, "Mira", 0, 0, ("door", 5))
    assert isinstance(chosen(world, body, "gather", NOTHING), Rest)
    assert isinstance(chosen(world, body, "build", knows()), Rest)


def test_an_agent_that_talks_stands_still_and_then_goes_on() -> None:
    world = meadow()
    body = add(world, 1, "Mira", 0)
    drivers = Drivers(world, 1)
    drivers.take_over(1, [])
    path = find_path(world, (0, 0), (7, 0), 600)
    assert path is not None
    drivers._undecided.clear()
    drivers._goals[1] = Walk(world, path)
    drivers.stays = lambda player: True
    assert live(world, drivers, 20) == [] and body.tile == (0, 0)
    drivers.stays = lambda player: False
    live(world, drivers, 1)
    assert body.tile[0] > 2, "on the way that it had begun"
