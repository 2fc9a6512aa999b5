"""What an agent does with its body: one goal at a time, each a small plan that gives at most one input a tick.

A goal is made by `choose` from what the agent carries, sees and knows; it ends by itself, by a refusal, or when its
time is up, and the next one is chosen.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from nanoverse.agents import building
from nanoverse.agents.building import ASKS, BUILDS_BEYOND, BUILDS_WITH, Hut, Tile, Works, may_work
from nanoverse.world.blocks import BY_ID, CROPS, SHUT
from nanoverse.world.bodies import Body
from nanoverse.world.constants import CHUNK, HOTBAR, TICK_HZ
from nanoverse.world.hands import reaches
from nanoverse.world.inputs import Craft, Dig, Input, Move, Place, Select, Swap, Use
from nanoverse.world.paths import Walker, find_path
from nanoverse.world.recipes import RECIPES
from nanoverse.world.simulation import Simulation
from nanoverse.world.slots import carried, is_tool

PATIENCE = 60 * TICK_HZ  # ticks after which any goal is given up
PATH_NODES = 200  # looked at for one path; three times as many find one only a little more often (2 in 100)
SIGHT = 20  # tiles around in which something to gather is looked for
STROLL = 12  # tiles of a walk without another reason
COMPANY = 40  # tiles over which company is sought
ENOUGH = 24  # things carried after which an agent would rather build than gather
_GATHERS = frozenset(
    block.id
    for block in BY_ID.values()
    if block.layer == 1
    and block.drops is not None
    and not block.placeable
    and not block.asks
    and not block.use
    and block.id not in CROPS  # whoever sowed will want to reap
    and block.drops not in CROPS
)
_TIMBER = frozenset(block for block in _GATHERS if BY_ID[block].drops in BUILDS_WITH)
_DIGS_THROUGH = _GATHERS | BUILDS_WITH
_SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))
# What an agent makes with bare hands, and how many of it are enough: the rest of the wood is for its player to use.
_MAKES = {
    recipe: enough
    for name, enough in (("torch", 8), ("stick", 4), ("planks", 16))
    for recipe in RECIPES
    if recipe.name == name
}


class Goal(ABC):
    """`act` gives this tick's input, or None for none; after `done` the goal is dropped."""

    def __init__(self, world: Simulation) -> None:
        self.done = False
        self.until = world.tick_number + PATIENCE

    @abstractmethod
    def act(self, world: Simulation, body: Body) -> Input | None: ...


class Rest(Goal):
    """Stand and look."""

    def __init__(self, world: Simulation, seconds: float) -> None:
        super().__init__(world)
        self.until = world.tick_number + int(seconds * TICK_HZ)

    def act(self, world: Simulation, body: Body) -> Input | None:
        return None


class Walk(Goal):
    """Follow a path to its end, and shut the doors that had to be opened."""

    def __init__(self, world: Simulation, path: Sequence[Tile]) -> None:
        super().__init__(world)
        self._walker = Walker(path)
        self._opened: Tile | None = None

    def act(self, world: Simulation, body: Body) -> Input | None:
        ahead = self._walker.ahead
        if ahead is not None and world.opens(*ahead):
            self._opened = ahead
            return Use(0, *ahead)
        if (door := self._opened) is not None and door != ahead and not world.occupied(*door):
            self._opened = None
            if reaches(body, *door) and BY_ID[world.block_at(*door)].turns in SHUT:
                return Use(0, *door)
        if (step := self._walker.next_move(body)) is not None:
            return Move(0, *step)
        if self._walker.arrived:
            return self.arrived(world, body)
        self.done = True  # something stands in the way that was not there before
        return None

    def arrived(self, world: Simulation, body: Body) -> Input | None:
        """What is done at the end of the path, each tick until `done`."""
        self.done = True
        return None


class Gather(Walk):
    """Walk to a block and dig it out."""

    def __init__(self, world: Simulation, path: Sequence[Tile], target: Tile) -> None:
        super().__init__(world, path)
        self._target = target
        self._block = world.block_at(*target)
        self._digging = False

    def arrived(self, world: Simulation, body: Body) -> Input | None:
        self.done = world.block_at(*self._target) != self._block
        if self.done or self._digging:
            return None
        self._digging = True
        return Dig(0, *self._target)


class Build(Walk):
    """Walk to the middle of a hut's place and set its walls, as far as what is carried goes."""

    def __init__(self, world: Simulation, path: Sequence[Tile], hut: Hut) -> None:
        super().__init__(world, path)
        self._left = hut.left

    def arrived(self, world: Simulation, body: Body) -> Input | None:
        slot = _material(body)
        while self._left and not _is_free(world, body, *self._left[-1]):
            self._left.pop()
        if slot is None or not self._left:
            self.done = True
            return None
        if slot >= HOTBAR:
            return Swap(0, slot, body.selected)
        if body.selected != slot:
            return Select(0, slot)
        if world.tick_number % (TICK_HZ // 2):  # two blocks a second: one can watch it grow
            return None
        return Place(0, *self._left.pop(), slot)


class Make(Goal):
    """Make one thing after another, as far as what is carried goes."""

    def act(self, world: Simulation, body: Body) -> Input | None:
        if world.tick_number % TICK_HZ:  # hands take their time
            return None
        recipe = _craftable(body)
        if recipe is None:
            self.done = True
            return None
        return Craft(0, recipe)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the choice of a goal depends on besides the world itself."""

    favourites: Sequence[Tile]  # where the player liked to be, the dearest first
    company: Body | None  # whom it would like to be with
    works: Works  # what the agent builds


def choose(world: Simulation, body: Body, knowledge: Knowledge, rng: random.Random) -> Goal:
    """The next goal, drawn among what is possible: work most often, then company, and now and then a rest."""
    here = body.tile
    carries = sum(1 if is_tool(block) else count for block, count in body.slots)
    stock = sum(count for block, count in body.slots if block in BUILDS_WITH)
    wanted = _GATHERS if carries < ENOUGH else _TIMBER
    if knowledge.works.unfinished:
        build = 8 if stock else 0
    else:
        build = 0 if stock < ASKS or not knowledge.works.may_begin(world) else 3 if carries < ENOUGH else 8
    wishes = {
        "rest": 3,
        "stroll": 2,
        "gather": 5 if carries < ENOUGH else 1 if carries < 2 * ENOUGH or stock < ASKS else 0,
        "build": build,
        "visit": 2 if knowledge.favourites else 0,
        "home": 0 if body.home is None else 6 if world.time_of_day() == "night" else 1,
        "company": 3 if knowledge.company else 0,
        "make": 0 if _craftable(body) is None else 3,
    }
    goal: Goal | None = None
    match rng.choices(tuple(wishes), tuple(wishes.values()))[0]:
        case "stroll":
            goal = _walk(world, body, (here[0] + _around(rng, STROLL), here[1] + _around(rng, STROLL)))
            goal = goal or _way_out(world, body)
        case "gather":
            goal = _gather(world, body, wanted, rng)
        case "build":
            goal = _build(world, body, knowledge, rng)
        case "visit":
            weights = [1 / (i + 1) for i in range(len(knowledge.favourites))]
            goal = _walk(world, body, rng.choices(knowledge.favourites, weights)[0])
        case "home":
            assert body.home is not None
            goal = _walk(world, body, body.home)
        case "company":
            friend = knowledge.company
            assert friend
            goal = _walk(world, body, friend.tile, short_by=2)
        case "make":
            goal = Make(world)
    return goal or Rest(world, rng.uniform(3, 12))


def _material(body: Body) -> int | None:
    """A slot with something to build with."""
    return next((i for i, (block, count) in enumerate(body.slots) if count and block in BUILDS_WITH), None)


def _craftable(body: Body) -> int | None:
    """The recipe of what an agent lacks, can make right here and has the room for."""
    for recipe, enough in _MAKES.items():
        has_parts = all(carried(body.slots, part) >= many for part, many in recipe.parts)
        if has_parts and carried(body.slots, recipe.makes) < enough and body.has_room(recipe.makes):
            return recipe.id
    return None


def _around(rng: random.Random, reach: int) -> int:
    return rng.randint(-reach, reach)


class _Walked:
    """The land as a body may walk it: a shut door that it may not open is a wall."""

    def __init__(self, world: Simulation, body: Body) -> None:
        self._world, self._body = world, body
        self.is_solid = world.is_solid

    def opens(self, x: int, y: int) -> bool:
        world = self._world
        return world.opens(x, y) and world.land.refusal(self._body.id, x, y, clearing=True) is None


def _path(world: Simulation, body: Body, goal: Tile) -> list[Tile] | None:
    """As `find_path`, from where the body is."""
    return find_path(_Walked(world, body), body.tile, goal, PATH_NODES)


def _walk(world: Simulation, body: Body, goal: Tile, short_by: int = 0) -> Walk | None:
    """A walk towards a place; one that is far is walked to in parts."""
    here = body.tile
    if (span := _span(here, goal)) > SIGHT:
        goal = (
            here[0] + (goal[0] - here[0]) * SIGHT // span,
            here[1] + (goal[1] - here[1]) * SIGHT // span,
        )
    path = _path(world, body, goal) or []
    kept = path[: len(path) - short_by]
    return Walk(world, kept) if kept else None


def _gather(world: Simulation, body: Body, wanted: frozenset[int], rng: random.Random) -> Gather | None:
    """One of the nearest things; only one way is looked for, since that is what costs time in a tick."""
    nearest = nearest_blocks(world, body.tile, wanted, SIGHT)
    allowed = (tile for tile in nearest if may_work(world, body, *tile, clearing=True))
    if not (nearest := list(islice(allowed, 3))):
        return None
    target = rng.choice(nearest)
    path = _path(world, body, target)
    return Gather(world, path, target) if path is not None else None


def _way_out(world: Simulation, body: Body) -> Gather | None:
    """For who is shut in: through the nearest wall that nobody owns, and best where there is room behind it."""
    if not world.ways.grant(PATH_NODES):
        return None
    land, inside, edge = _Walked(world, body), {body.tile}, [body.tile]
    walls: list[tuple[Tile, Tile]] = []  # the nearest first, each with what is behind it
    for x, y in edge:
        for dx, dy in _SIDES:
            tile, behind = (x + dx, y + dy), (x + 2 * dx, y + 2 * dy)
            if land.is_solid(*tile) and not land.opens(*tile):
                walls.append((tile, behind))
            elif tile not in inside:
                inside.add(tile)
                edge.append(tile)
        if len(edge) > PATH_NODES:
            return None
    ways = [
        (world.is_solid(*behind), tile)
        for tile, behind in walls
        if behind not in inside
        and world.block_at(*tile) in _DIGS_THROUGH
        and world.land.owner_at(*tile) is None
    ]
    if not ways:
        return None
    target = min(ways, key=lambda wall: wall[0])[1]
    path = _path(world, body, target)
    return Gather(world, path, target) if path is not None else None


def _is_free(world: Simulation, body: Body, x: int, y: int) -> bool:
    """Whether a wall can be set there."""
    return not world.block_at(x, y) and not world.is_solid(x, y) and may_work(world, body, x, y)


def _build(world: Simulation, body: Body, knowledge: Knowledge, rng: random.Random) -> Walk | None:
    """What is unfinished first; else another hut, near a place that the player likes or right here."""
    here, works = body.tile, knowledge.works
    if (hut := works.unfinished) is not None:
        if _span(here, hut.middle) > SIGHT:
            return _walk(world, body, hut.middle)
        if (path := _path(world, body, hut.middle)) is not None:
            return Build(world, path, hut)
        works.give_up()
        return None
    homes = [
        home
        for home in knowledge.favourites
        if _span(here, home) < SIGHT and not building.crowds_spawn(world, body, home)
    ]
    home = rng.choice(homes) if homes else here
    middle = home[0] + _around(rng, 6), home[1] + _around(rng, 6)
    if building.crowds_spawn(world, body, middle):
        return _outwards(world, body, rng)
    if not building.fits(world, body, middle):
        return None
    path = _path(world, body, middle)
    return Build(world, path, works.begin(world, middle)) if path is not None else None


def _outwards(world: Simulation, body: Body, rng: random.Random) -> Walk | None:
    """Away from where everybody arrives, to where there is room to build."""
    land, here = world.land, body.tile
    x, y = here[0] - land.spawn[0], here[1] - land.spawn[1]
    if not x and not y:
        x = rng.choice((-1, 1))
    reach, span = land.commons + BUILDS_BEYOND + STROLL, max(abs(x), abs(y))
    return _walk(world, body, (land.spawn[0] + x * reach // span, land.spawn[1] + y * reach // span))


def _span(one: Tile, other: Tile) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def nearest_blocks(world: Simulation, here: Tile, wanted: frozenset[int], reach: int) -> list[Tile]:
    """Tiles around with one of the wanted blocks, the nearest first."""
    is_wanted = np.zeros(256, bool)  # by block: a look-up is faster than np.isin
    is_wanted[list(wanted)] = True
    found: list[tuple[int, Tile]] = []
    for cy in range((here[1] - reach) // CHUNK, (here[1] + reach) // CHUNK + 1):
        for cx in range((here[0] - reach) // CHUNK, (here[0] + reach) // CHUNK + 1):
            rows, columns = np.nonzero(is_wanted[world.chunk(cx, cy).blocks])
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                tile = (cx * CHUNK + column, cy * CHUNK + row)
                distance = max(abs(tile[0] - here[0]), abs(tile[1] - here[1]))
                if distance <= reach:
                    found.append((distance, tile))
    return [tile for _, tile in sorted(found)]
