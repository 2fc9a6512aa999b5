"""Land: claimed by plots, shared with guests, refused to all others, and common around the spawn."""

from __future__ import annotations

import random
from typing import Any

import pytest
from lawns import Edit, answers, lawn, saved, set_tile

from nanoverse.agents.building import Works
from nanoverse.agents.goals import Build, Gather, Knowledge, choose
from nanoverse.world.blocks import by_name
from nanoverse.world.bodies import AGENT, Body
from nanoverse.world.constants import PLOT, PLOTS, ROADS, UNIT
from nanoverse.world.events import Done, GuestChanged, LandChanged
from nanoverse.world.inputs import Allow, Claim, Dig, Input, Place, Release
from nanoverse.world.land import plot_of
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import BLOCK

ANA, BEN, CLEO = 1, 2, 3
WOODS = [set_tile(x, y, "oak") for x in range(-8, 10, 2) for y in range(2, 10, 2)]


def neighbours(*edits: Edit) -> Simulation:
    """Ana and Ben on one plot of the lawn, Cleo beside it; each carries stone."""
    world = Simulation(seed=5, edits=[*lawn(), *edits])
    for id, name, x in ((ANA, "Ana", 1), (BEN, "Ben", 3), (CLEO, "Cleo", -1)):
        world.add_body(id, name, 0, saved(x, 1, ("stone", 9)))
    return world


def said(world: Simulation, player: int, given: Input) -> str:
    """How an input was answered; a dig is waited for."""
    events = world.tick([(player, given)])
    while not (found := answers(events, given.ref)):
        events = world.tick([])
    return found[0]


def test_on_claimed_land_only_its_owner_digs_and_builds() -> None:
    world = neighbours()
    assert world.tick([(ANA, Claim(1, 1, 1))]) == [LandChanged(0, 0, ANA, ANA), Done(ANA, 1)]
    assert said(world, BEN, Place(2, 4, 1, 0)) == "This is Ana's land."
    assert said(world, BEN, Dig(3, 4, 1)) == "This is Ana's land."
    assert said(world, CLEO, Place(4, 1, 2, 0)) == "This is Ana's land.", "from outside too"
    assert said(world, ANA, Place(5, 2, 2, 0)) == "done" and said(world, ANA, Dig(6, 2, 2)) == "done"
    assert said(world, CLEO, Place(7, -2, 1, 0)) == "done", "beside it the land is free"
    assert world.land.refusal(BEN, 15, 15) and not world.land.refusal(BEN, 16, 15)


def test_guests_build_until_they_are_no_longer_allowed_to() -> None:
    world = neighbours()
    world.tick([(ANA, Claim(1, 1, 1))])
    assert world.tick([(ANA, Allow(2, BEN, True))]) == [GuestChanged(ANA, BEN, True), Done(ANA, 2)]
    assert said(world, BEN, Place(3, 4, 1, 0)) == "done"
    assert said(world, CLEO, Place(4, 1, 2, 0)) == "This is Ana's land."
    assert (world.land.guests(ANA), world.land.hosts(BEN), world.land.hosts(ANA)) == ([BEN], [ANA], [])
    assert said(world, ANA, Allow(5, BEN, False)) == "done"
    assert said(world, BEN, Dig(6, 4, 1)) == "This is Ana's land."
    assert said(world, ANA, Allow(7, ANA, True)) == "On your own land you may build anyway."
    assert said(world, ANA, Allow(8, 99, True)) == "There is no such player."


def test_an_agent_has_its_players_rights_and_looks_for_work_where_it_may() -> None:
    world = neighbours(*WOODS)
    world.tick([(ANA, Claim(1, 1, 1))])
    ben = world.bodies[BEN]
    ben.driver = AGENT
    assert said(world, BEN, Place(2, 4, 1, 0)) == "This is Ana's land."
    world.bodies[ANA].driver = AGENT
    assert said(world, ANA, Place(3, 2, 1, 0)) == "done"
    for wish, kind in (("build", Build), ("gather", Gather)):
        chance = Chooses(wish)
        goals = [choose(world, ben, Knowledge((), (), Works()), chance) for _ in range(40)]
        found = [goal for goal in goals if isinstance(goal, kind)]
        assert found, "beyond Ana's land there is something to do"
        for goal in found:
            tiles = goal._left if isinstance(goal, Build) else [goal._target]
            assert not any(world.land.refusal(BEN, *tile) for tile in tiles)


class Chooses(random.Random):
    """Chance that always wishes for the same."""

    def __init__(self, wish: str) -> None:
        super().__init__(4)
        self._wish = wish

    def choices(self, *_: Any, **__: Any) -> list[Any]:
        return [self._wish]


def test_what_is_dug_when_the_land_is_claimed_is_dug_no_further() -> None:
    world = neighbours(set_tile(3, 2, "stone"))
    assert answers(world.tick([(BEN, Dig(1, 3, 2))]), 1) == []
    assert answers(world.tick([(ANA, Claim(2, 1, 1))]), 1) == ["This is Ana's land."]


def test_one_stands_on_what_one_claims_and_it_must_be_free() -> None:
    world = neighbours()
    assert said(world, CLEO, Claim(1, 1, 1)) == "Stand on the land that you want to claim."
    assert said(world, ANA, Claim(2, 1, 1)) == "done"
    assert said(world, ANA, Claim(3, 1, 1)) == "This is your land already."
    assert said(world, BEN, Claim(4, 1, 1)) == "This is Ana's land."
    assert said(world, BEN, Claim(5, 10**9, 10**20)) == "Stand on the land that you want to claim."


def test_land_that_is_given_back_is_anybodys() -> None:
    world = neighbours()
    assert said(world, ANA, Release(1, 1, 1)) == "This is nobody's land."
    world.tick([(ANA, Claim(2, 1, 1))])
    assert said(world, BEN, Release(3, 1, 1)) == "This is Ana's land."
    assert world.tick([(ANA, Release(4, 5, 5))]) == [LandChanged(0, 0, None, ANA), Done(ANA, 4)]
    assert world.land.plots(ANA) == [] and said(world, BEN, Place(5, 4, 1, 0)) == "done"
    assert said(world, BEN, Claim(6, 4, 1)) == "done"


def test_nobody_claims_more_plots_than_are_allowed() -> None:
    owned = [(100 + n, 100, ANA) for n in range(PLOTS)]
    world = Simulation(seed=5, edits=lawn(), claims=owned)
    world.add_body(ANA, "Ana", 0, saved(0, 0))
    assert said(world, ANA, Claim(1, 0, 0)).startswith(f"You have {PLOTS} plots of land;")
    assert said(world, ANA, Release(2, 100 * PLOT, 100 * PLOT)) == "done", "from far away too"
    assert said(world, ANA, Claim(3, 0, 0)) == "done"


def test_claims_and_guests_are_there_again_after_a_start() -> None:
    world = Simulation(seed=5, edits=lawn(), claims=[(0, 0, ANA)], guests=[(ANA, BEN)])
    for id, name in ((ANA, "Ana"), (BEN, "Ben"), (CLEO, "Cleo")):
        world.add_body(id, name, 0, saved(id, 1, ("stone", 9)))
    assert said(world, CLEO, Place(1, 5, 1, 0)) == "This is Ana's land."
    assert said(world, BEN, Place(2, 5, 1, 0)) == "done"


@pytest.fixture
def commons() -> Simulation:
    """Ana at the spawn, with a flower beside her."""
    x, y = Simulation(seed=5).spawn
    around = [(x + dx, y + dy) for dx in range(-20, 21) for dy in range(-20, 21)]
    lawn = [(*tile, 0, set_tile(0, 0, "grass")[3]) for tile in around] + [(*tile, 1, 0) for tile in around]
    world = Simulation(seed=5, edits=[*lawn, set_tile(x + 1, y, "poppy")], commons=8)
    world.add_body(ANA, "Ana", 0, saved(x, y, ("stone", 9)))
    return world


def test_where_everybody_arrives_flowers_are_picked_but_nothing_is_built_and_no_hole_is_dug(
    commons: Simulation,
) -> None:
    x, y = commons.spawn
    assert (
        said(commons, ANA, Place(1, x, y + 1, 0))
        == "Everybody arrives here: nobody builds, or digs up the ground; trees and plants may be taken."
    )
    assert (
        said(commons, ANA, Dig(2, x, y + 1))
        == "Everybody arrives here: nobody builds, or digs up the ground; trees and plants may be taken."
    )
    assert said(commons, ANA, Dig(3, x + 1, y)) == "done"
    assert said(commons, ANA, Claim(4, x, y)) == "Everybody arrives here; claim land a little further away."
    assert commons.land.is_common(x + 7, y - 7) and not commons.land.is_common(x + 8, y)


def test_beyond_the_commons_the_land_is_free(commons: Simulation) -> None:
    x, y = commons.spawn
    commons.remove_body(ANA)
    commons.add_body(ANA, "Ana", 0, saved(x + 8, y, ("stone", 9)))
    assert said(commons, ANA, Place(1, x + 9, y, 0)) == "done"
    assert not commons.land.refusal(ANA, x + 8, y) and commons.land.refusal(ANA, x + 7, y)


ROAD = "This is a road that leads away from where everybody arrives: nobody claims it; claim land beside it."


def claims(world: Simulation, x: int, y: int) -> str:
    """What Ana is answered who claims the plot of a tile while she stands on it."""
    world.crowd.move(world.bodies[ANA], x * UNIT + UNIT // 2, y * UNIT + UNIT // 2)
    return said(world, ANA, Claim(9, x, y))


def ways_out(world: Simulation, body: Body, far: int) -> bool:
    """Whether a body can get so many tiles away from the spawn on foot, digging away what it may."""
    seen, edge = {body.tile}, [body.tile]
    for x, y in edge:
        if max(abs(x - world.spawn[0]), abs(y - world.spawn[1])) == far:
            return True
        for tile in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            digs = not world.land.refusal(body.id, *tile, clearing=True)
            if tile not in seen and (digs or not world.is_solid(*tile)):
                seen.add(tile)
                edge.append(tile)
    return False


def test_nobody_shuts_newcomers_in_by_claiming_the_land_around_the_commons(commons: Simulation) -> None:
    x, y = commons.spawn
    inner = {plot_of(x + i, y + j) for i in (-7, 7) for j in (-7, 7)}
    beside = {(i + di, j + dj) for i, j in inner for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1))} - inner
    for i, j in beside:
        claims(commons, i * PLOT + 1, j * PLOT + 1)
    everywhere = range(-3 * PLOT, 3 * PLOT)
    for tile in ((x + i, y + j) for i in everywhere for j in everywhere):
        if plot_of(*tile) in beside and not commons.land.refusal(ANA, *tile):
            commons.tiles.put(*tile, BLOCK, by_name("planks").id)
    assert ways_out(commons, commons.add_body(BEN, "Ben", 0, None), 3 * PLOT)


def test_four_roads_lead_away_from_the_commons(commons: Simulation) -> None:
    x, y = commons.spawn
    out = (
        8 + PLOT * ROADS
    )  # tiles from the spawn; this one and the next plot, at most, still belong to a road
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        for far in (PLOT + 8, out - PLOT):
            assert claims(commons, x + dx * far, y + dy * far) == ROAD
        assert claims(commons, x + dx * (out + PLOT), y + dy * (out + PLOT)) == "done"
    assert claims(commons, x + 2 * PLOT, y + 2 * PLOT) == "done", "beside the roads the land is free"


def test_what_was_claimed_before_it_was_a_road_is_still_its_owners() -> None:
    x, y = (at + (PLOT + 8) * step for at, step in zip(Simulation(seed=5).spawn, (1, 0), strict=True))
    world = Simulation(seed=5, commons=8, claims=[(*plot_of(x, y), ANA)])
    for id, name in ((ANA, "Ana"), (BEN, "Ben")):
        world.add_body(id, name, 0, saved(x, y))
    x, y = world.bodies[ANA].tile
    assert world.land.refusal(ANA, x, y) is None and world.land.refusal(BEN, x, y) == "This is Ana's land."
    assert said(world, ANA, Release(1, x, y)) == "done" and said(world, ANA, Claim(2, x, y)) == ROAD


def test_without_commons_there_are_no_roads_either() -> None:
    world = neighbours()
    assert world.land.commons == 0 and said(world, ANA, Claim(1, 1, 1)) == "done"
