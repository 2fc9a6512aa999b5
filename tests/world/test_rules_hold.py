"""What holds whatever is done: nothing raises, nothing is made from nothing, the same inputs give the same world."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lawns import lawn, saved, set_tile

from nanoverse import protocol
from nanoverse.world import bodies, constants, inputs
from nanoverse.world.blocks import AIR, BLOCKS, BY_ID, by_name
from nanoverse.world.bodies import PLAYER
from nanoverse.world.constants import CHEST_SLOTS, HOTBAR, SLOTS, STACK, TICK_HZ
from nanoverse.world.events import (
    Ate,
    BlockChanged,
    Crafted,
    Done,
    Event,
    Hidden,
    Moved,
    NotUndone,
    Recovered,
    Refused,
    Stowed,
    WayFound,
    Worn,
)
from nanoverse.world.inputs import (
    Allow,
    Claim,
    Craft,
    Dig,
    Eat,
    Go,
    Hide,
    Input,
    Move,
    Paint,
    Place,
    Recover,
    Release,
    Return,
    Select,
    Split,
    Stop,
    Stow,
    Swap,
    Use,
    Write,
)
from nanoverse.world.paint import COLOURS
from nanoverse.world.recipes import RECIPE, RECIPES
from nanoverse.world.scrolls import SCROLL
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import BLOCK, GROUND, PAINT
from nanoverse.world.undo import Undo, things_of

# Around the bodies: a bit of every ground and of everything that stands on it.
GROUNDS = [block for block in BLOCKS if block.layer == 0]
STANDING = [block for block in BLOCKS if block.layer == 1 and block.dig_ticks is not None]
PATCHES = [(x, y, 0, GROUNDS[(3 * x + 7 * y) % len(GROUNDS)].id) for x in range(-6, 7) for y in range(-6, 7)]
PATCHES += [
    (x, y, 1, STANDING[(5 * x + y) % len(STANDING)].id) for x in range(-6, 7, 3) for y in range(-6, 7, 2)
]

# Where they stand, and what they make things with.
FREE = [edit for x in (-2, -1, 0, 2) for edit in (set_tile(x, 0, "dirt"), (x, 0, 1, AIR))]
FREE += [
    set_tile(-1, -2, "workbench"),
    set_tile(1, -2, "furnace"),
    set_tile(0, 2, "door"),
    set_tile(0, -2, "chest"),
    set_tile(1, 2, "bed"),
    set_tile(2, 2, "sign"),
    *(edit for x in range(-4, 5) for edit in (set_tile(x, 5, "dirt"), set_tile(x, 5, "seeds"))),
]

# What the last of them carries: a bit of everything that recipes ask for, and tools.
HANDY = (
    ("planks", 40),
    ("stick", 20),
    ("wood", 9),
    ("coal", 9),
    ("stone", 40),
    ("iron bar", 5),
    ("clay", 8),
)
TOOLS = ("iron pickaxe", 240), ("iron axe", 2), ("iron shovel", 3)

NEAR, FAR = st.integers(-4, 4), st.sampled_from([6, 10**6, -(10**20)])
SLOT = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 8, 10, 26, -1, SLOTS])
CELL = st.sampled_from([0, 1, 2, 5, SLOTS - 1, SLOTS, SLOTS + 1, SLOTS + 2, SLOTS + CHEST_SLOTS - 1, 54, -1])
REF = st.just(0)
INPUTS = st.one_of(
    st.builds(Place, REF, NEAR, NEAR, SLOT),
    st.builds(Dig, REF, NEAR, NEAR),
    st.builds(Move, REF, st.integers(-1, 1), st.integers(-1, 1)),
    st.builds(Stop, REF),
    st.builds(Select, REF, SLOT),
    st.builds(Craft, REF, st.sampled_from([*RECIPE, 0, -1, 10**20])),
    st.builds(Swap, REF, SLOT, SLOT),
    st.builds(Use, REF, NEAR, NEAR),
    st.builds(Claim, REF, NEAR, NEAR),
    st.builds(Release, REF, NEAR, NEAR),
    st.builds(Allow, REF, st.integers(1, 5), st.booleans()),
    st.builds(Split, REF, SLOT, SLOT),
    st.builds(Return, REF),
    st.builds(Eat, REF),
    st.builds(Write, REF, st.just(2), st.just(2), st.sampled_from(["Hello", "", "x" * 121])),
    st.builds(Stow, REF, st.just(0), st.sampled_from([-2, -2, 2, 9]), CELL, CELL, st.booleans()),
    st.builds(Hide, REF, NEAR, NEAR, st.sampled_from(["Hello", "Hello", "", "x" * 201])),
    st.builds(Recover, REF, st.sampled_from([1, 1, 2, 3, 0, -1, 10**20])),
    st.builds(Paint, REF, NEAR, NEAR, st.sampled_from([1, 7, len(COLOURS), 0, len(COLOURS) + 1, -1])),
    st.builds(Hide, REF, NEAR, FAR, st.just("Hello")),
    st.builds(Paint, REF, FAR, NEAR, st.just(7)),
    st.builds(Dig, REF, NEAR, FAR),
    st.builds(Place, REF, FAR, NEAR, SLOT),
    st.builds(Move, REF, FAR, NEAR),
    st.builds(Use, REF, FAR, NEAR),
    st.builds(Go, REF, NEAR, NEAR),
    st.builds(Go, REF, FAR, NEAR),
)
Ticks = list[tuple[list[tuple[int, Input]], int]]
TICKS = st.lists(  # each with the quiet ticks after it
    st.tuples(
        st.lists(st.tuples(st.integers(1, 4), INPUTS), min_size=1, max_size=6), st.sampled_from([0, 5, 60])
    ),
    max_size=30,
)
AS_IT_IS = -1  # for `Undo.now`: what is there when its tick comes
STALE = 250  # of a table of blocks that is no more


def undos_of(layer: int, ids: list[int]) -> st.SearchStrategy[Undo]:
    """As a roll-back might ask for: of tiles that are as it says or not, things of anybody or nobody, with or without a
    backer."""
    things = st.tuples(st.integers(0, 5), st.sampled_from([*BY_ID, STALE]))
    return st.builds(
        Undo,
        NEAR,
        NEAR,
        st.just(layer),
        st.sampled_from([AS_IT_IS] * len(ids) + ids),
        st.sampled_from(ids),
        st.just((1,)),
        st.dictionaries(things, st.integers(-3, 3), max_size=3),
        st.sampled_from([None, 1, 4, 5]),
    )


UNDO = st.one_of(
    undos_of(GROUND, [block.id for block in GROUNDS]),
    undos_of(BLOCK, [AIR, *(block.id for block in BLOCKS if block.layer == BLOCK)]),
    undos_of(PAINT, [0, *(colour.id for colour in COLOURS)]),
)


def crowded() -> Simulation:
    world = Simulation(seed=5, edits=[*lawn(), *PATCHES, *FREE])
    world.add_body(1, "Mira", 0, saved(-2, 0, ("stone", STACK), ("dirt", 9), ("sand", 3), ("coal", 1)))
    world.add_body(
        2,
        "Tom",
        0,
        saved(0, 0, ("brush", 1), ("scroll", 20), ("torch", 2), ("bread", 2), ("clay", 2), ("snow", 4)),
    )
    world.add_body(3, "Ann", 0, saved(2, 0, *[("stone", STACK)] * (SLOTS - 1)))
    world.add_body(4, "Ida", 0, saved(-1, 0, *TOOLS, *HANDY, ("sand", 9), ("scroll", 20)))
    for body in world.bodies.values():
        body.driver = PLAYER  # things grow around who is awake
    return world


def carried(world: Simulation) -> dict[int, Counter[int]]:
    """All that each body owns; of tools, the uses."""
    return {
        id: Counter({block: sum(n for b, n in body.slots if b == block) for block, _ in body.slots if block})
        for id, body in world.bodies.items()
    }


def look(world: Simulation) -> dict[tuple[int, int, int], int]:
    tiles = [(x, y) for x in range(-12, 13) for y in range(-12, 13)]
    return {
        (x, y, layer): at(x, y)
        for x, y in tiles
        for layer, at in enumerate((world.ground_at, world.block_at, world.paint_at))
    }


def keep_books(ticks: Ticks) -> Counter[str]:
    """Play these ticks and hold every inventory and every tile against the books kept from the events alone; how many
    blocks were dug and placed, things made and uses worn off."""
    world = crowded()
    owned, land = carried(world), look(world)
    deeds: Counter[str] = Counter()
    stowed: Counter[int] = Counter()
    hidden: set[int] = set()
    for given_inputs, pause in ticks:
        for now in [given_inputs] + [[]] * pause:
            for event in world.tick(now):
                if isinstance(event, Crafted):
                    recipe = RECIPE[event.recipe]
                    owned[event.body].subtract(dict(recipe.parts))
                    owned[event.body][recipe.makes] += recipe.count * (BY_ID[recipe.makes].uses or 1)
                    deeds["made"] += 1
                if isinstance(event, Worn):
                    owned[event.body][event.tool] -= 1
                    deeds["worn"] += 1
                if isinstance(event, Ate):
                    owned[event.body][event.food] -= 1
                    deeds["eaten"] += 1
                if isinstance(event, Stowed):
                    for block, many in event.moved:
                        owned[event.body][block] += many
                        stowed[block] -= many
                    deeds["stowed"] += bool(event.moved)
                if isinstance(event, Hidden):
                    owned[event.body][SCROLL] -= 1
                    hidden.add(event.scroll)
                    deeds["hidden"] += 1
                if isinstance(event, Recovered):  # it is used up
                    hidden.remove(event.scroll)
                    deeds["recovered"] += 1
                if not isinstance(event, BlockChanged):
                    continue
                if event.layer == PAINT:
                    assert event.before == land[event.x, event.y, PAINT] != event.block
                    land[event.x, event.y, PAINT] = event.block
                    deeds["painted"] += 1
                    continue
                before = BY_ID[land[event.x, event.y, event.layer]]
                land[event.x, event.y, event.layer] = event.block
                if not event.body:
                    assert event.block == before.grows
                    deeds["grown"] += 1
                    continue
                if event.block == before.turns:
                    deeds["turned"] += 1
                    continue
                was_dug = event.block == (AIR if event.layer else before.under)
                deeds[f"{'dug' if was_dug else 'placed'} {('ground', 'block')[event.layer]}"] += 1
                if was_dug and before.drops is not None:
                    owned[event.body][before.drops] += 1
                elif not was_dug:
                    owned[event.body][event.block] -= 1
        assert carried(world) == {id: +things for id, things in owned.items()}
        in_chest: Counter[int] = Counter()
        for block, count in world.chests.content(0, -2):
            in_chest[block] += count
        assert +in_chest == +stowed
        assert {scroll.id for body in world.bodies for scroll in world.scrolls.of(body)} == hidden
    assert look(world) == land  # and nothing changed without an event
    for body in world.bodies.values():
        body.state()  # raises for a slot that is negative, overfull or empty but named
    return deeds


@settings(max_examples=60)
@given(TICKS)
def test_things_come_and_go_by_digging_placing_and_recipes_and_in_no_other_way(ticks: Ticks) -> None:
    keep_books(ticks)


def test_nor_do_they_over_a_long_day() -> None:
    rng = random.Random(3)

    def some_input() -> Input:
        x, y = rng.randint(-6, 6), rng.randint(-5, 5)
        kinds = (
            Place(0, x, y, rng.randrange(HOTBAR)),
            Dig(0, x, y),
            Move(0, rng.randint(-1, 1), rng.randint(-1, 1)),
            Craft(0, rng.choice(RECIPES).id),
            Use(0, 0, 2),
            Stow(0, 0, -2, rng.randrange(3, SLOTS + 9), rng.randrange(3, SLOTS + 9), rng.random() < 0.3),
            Swap(0, rng.randrange(SLOTS), rng.randrange(SLOTS)),
            Select(0, rng.choice((0, 0, 1, 2, HOTBAR - 1))),
            Hide(0, x, y, "Hello"),
            Recover(0, rng.randint(1, 40)),
            Paint(0, x, y, rng.randint(0, len(COLOURS))),
        )
        return rng.choices(kinds, (8, 4, 2, 3, 2, 1, 1, 1, 1, 1, 4))[0]

    deeds = keep_books(
        [([(rng.randint(1, 4), some_input()) for _ in range(8)], rng.choice((0, 20))) for _ in range(2000)]
    )
    ordinary = (
        "dug ground",
        "dug block",
        "placed ground",
        "placed block",
        "made",
        "worn",
        "turned",
        "stowed",
        "hidden",
        "recovered",
        "painted",
        "grown",
    )
    assert all(deeds[deed] > 5 for deed in ordinary), deeds


@settings(max_examples=60)
@given(TICKS, st.lists(UNDO, max_size=30))
@example([([(1, Return(0))], 0)], [Undo(0, 0, PAINT, AS_IT_IS, 1, (1,), {(0, AIR): 1}, 1)])
def test_every_input_and_undo_is_answered_once_and_nobody_ends_up_in_something_solid(
    ticks: Ticks, undos: list[Undo]
) -> None:
    world = crowded()
    asked: list[int] = []
    answered: list[int] = []
    for given_inputs, pause in ticks:
        events = world.tick([], [as_it_is(world, undo) for undo in undos[:2]])
        assert sum(isinstance(event, NotUndone) or _undoes(event) for event in events) == len(undos[:2])
        answered += [event.ref for event in events if isinstance(event, Done | Refused | WayFound)]
        undos = undos[2:]
        numbered = [
            (id, type(given)(len(asked) + n, *_fields(given))) for n, (id, given) in enumerate(given_inputs)
        ]
        asked += [given.ref for _, given in numbered]
        for now in [numbered] + [[]] * pause:
            events = world.tick(now)
            answered += [
                event.ref for event in events if isinstance(event, Moved | Done | Refused | WayFound)
            ]
        for body in world.bodies.values():
            assert not world.is_solid(*body.tile)
            body.state()
    under_way = [body.digs.ref for body in world.bodies.values() if body.digs]
    under_way += world.ways._asked.values()
    assert sorted(answered + under_way) == asked


def as_it_is(world: Simulation, undo: Undo) -> Undo:
    there = world.tiles.get(undo.x, undo.y, undo.layer)
    return replace(undo, now=there) if undo.now == AS_IT_IS else undo


def _undoes(event: Event) -> bool:
    return isinstance(event, BlockChanged) and bool(event.undoes)


def _fields(given: Input) -> tuple[int, ...]:
    return tuple(getattr(given, name) for name in type(given).__slots__ if name != "ref")


def test_a_refused_input_changes_nothing() -> None:
    world = crowded()
    for body in world.bodies.values():
        body.returns_at = world.tick_number + 1
    before = {id: body.state() for id, body in world.bodies.items()}, look(world)
    bad: list[Input] = [
        Dig(0, 99, 99),
        Place(0, 0, 0, 0),
        Place(0, 1, 1, -1),
        Select(0, SLOTS),
        Move(0, 2, 0),
        Craft(0, 0),
        Craft(0, RECIPES[-1].id),
        Swap(0, 0, SLOTS),
        Swap(0, -1, 0),
        Use(0, 99, 99),
        Use(0, 1, 1),
        Claim(0, 99, 0),
        Release(0, 0, 0),
        Allow(0, 99, True),
        Split(0, 0, SLOTS),
        Return(0),
        Eat(0),
        Write(0, 1, 1, "Hello"),
        Write(0, 99, 99, "Hello"),
        Write(0, 2, 2, "x" * (constants.MAX_SIGN + 1)),
        Split(0, 20, 21),
        Stow(0, 0, 0, 0, SLOTS, False),
        Stow(0, 99, 99, 0, SLOTS, False),
        Stow(0, 0, -2, 0, SLOTS + CHEST_SLOTS, False),
        Stow(0, 0, -2, -1, 0, True),
        Hide(0, 99, 99, "Hello"),
        Hide(0, 1, 1, ""),
        Hide(0, 1, 1, "x" * (constants.MAX_SCROLL + 1)),
        Recover(0, 1),
        Paint(0, 99, 99, 7),
        Paint(0, 1, 1, len(COLOURS) + 1),
    ]
    events = world.tick([(id, given) for id in (1, 2, 3) for given in bad])
    assert len(events) == 3 * len(bad) and all(
        isinstance(event, Refused) and event.reason.endswith(".") for event in events
    )
    assert ({id: body.state() for id, body in world.bodies.items()}, look(world)) == before


def undoing(e: BlockChanged) -> Undo:
    return Undo(e.x, e.y, e.layer, e.block, e.before, (1,), things_of([(e.body, e.gave, e.cost)]))


def wandered(seed: int, steps: int) -> str:
    """A digest of all that a random crowd did in a world and of what it left."""
    world, rng = Simulation(seed), random.Random(1)
    events: list[Event] = []
    for id in range(20):
        body = world.add_body(id, f"body {id}", id, None)
        body.driver = PLAYER
        body.slots[:2] = [by_name("brush").id, 1], [SCROLL, 9]
    for tick in range(steps):
        crowd: list[tuple[int, Input]] = []
        for id, body in world.bodies.items():
            x, y = body.tile[0] + rng.randint(-3, 3), body.tile[1] + rng.randint(-3, 3)
            choice = rng.random()
            if choice < 0.02:
                crowd.append((id, Dig(tick, x, y)))
            elif choice < 0.1:
                crowd.append((id, Place(tick, x, y, rng.randrange(HOTBAR))))
            elif choice < 0.2:
                crowd.append((id, Craft(tick, rng.choice(RECIPES).id)))
            elif choice < 0.25:
                crowd.append((id, Swap(tick, rng.randrange(SLOTS), rng.randrange(SLOTS))))
            elif choice < 0.55:
                crowd.append((id, Move(tick, rng.randint(-1, 1), rng.randint(-1, 1))))
            elif choice < 0.6:
                crowd.append((id, Paint(tick, x, y, rng.randint(0, len(COLOURS)))))
            elif choice < 0.62:
                crowd.append((id, Hide(tick, x, y, "Hello")))
            elif choice < 0.63:
                crowd.append((id, Recover(tick, rng.randint(1, 20))))
        done = [event for event in events if isinstance(event, BlockChanged) and event.body]
        undos = [undoing(rng.choice(done))] if done and rng.random() < 0.3 else []
        events += world.tick(crowd, undos)
    assert {BlockChanged, Hidden, Recovered, NotUndone} <= {type(event) for event in events}
    assert any(map(_undoes, events))
    digest = hashlib.sha256(repr(events).encode())
    for cx in range(-4, 4):
        for cy in range(-4, 4):
            chunk = world.chunk(cx, cy)
            digest.update(chunk.ground.tobytes() + chunk.blocks.tobytes())
    digest.update(repr([body.state() for body in world.bodies.values()]).encode())
    return digest.hexdigest()


def test_the_same_seed_and_inputs_give_the_same_world() -> None:
    assert wandered(31, 15 * TICK_HZ) == wandered(31, 15 * TICK_HZ)
    assert wandered(31, 15 * TICK_HZ) != wandered(32, 15 * TICK_HZ)


def test_a_world_rebuilt_from_its_changes_is_the_same_world() -> None:
    world = crowded()
    changes: list[tuple[int, int, int, int]] = []
    jobs = [Dig(0, -2, 1), Place(1, -3, 0, 0), Place(2, -2, -1, 0), Dig(3, -3, 0)]
    for job in jobs:
        for now in [[(1, job)]] + [[]] * 60:
            changes += [(e.x, e.y, e.layer, e.block) for e in world.tick(now) if isinstance(e, BlockChanged)]
    assert changes
    rebuilt = Simulation(seed=5, edits=[*lawn(), *PATCHES, *FREE, *changes])
    assert look(rebuilt) == look(world)


def test_the_world_agrees_with_the_wire() -> None:
    """Two rooms of the ground floor that must not import each other say the same."""
    messages = {message.name: message for message in protocol.CLIENT}
    for name, kind in inputs.INPUTS.items():
        assert tuple(field.name for field in messages[name].fields) == kind.__slots__
    assert (bodies.ASLEEP, bodies.PLAYER, bodies.AGENT) == (protocol.ASLEEP, protocol.PLAYER, protocol.AGENT)


def test_reasons_name_the_block_in_words() -> None:
    world = crowded()
    (event,) = world.tick([(1, Place(1, -2, 2, 3))])
    assert event == Refused(1, 1, f"One cannot place {by_name('coal').name}.")
