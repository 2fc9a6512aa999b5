"""Who sees what: chunks around the body, bodies that come and go, one encoding for all."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from wire import Told, read

from nanoverse import protocol
from nanoverse.web.client import Client
from nanoverse.web.interest import READY_PER_TICK, Interest, chunk_of, chunks_around, run_lengths
from nanoverse.web.outbox import LIMIT
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import Body, BodyState
from nanoverse.world.constants import CHUNK, GOES_ON, SLOTS, STEP, UNIT, VIEW_RADIUS
from nanoverse.world.events import Returned
from nanoverse.world.inputs import Dig, Input, Move, Place, Select
from nanoverse.world.simulation import Simulation

SPAN = CHUNK * UNIT
SEEN = (2 * VIEW_RADIUS + 1) ** 2


def decoded(pairs: bytes) -> list[int]:
    """The browser's side of the run lengths."""
    return [value for length, value in zip(pairs[::2], pairs[1::2], strict=True) for _ in range(length + 1)]


# Few different values make long runs, many make short ones.
cells = st.integers(1, 255).flatmap(
    lambda top: arrays.arrays(
        np.uint8, (CHUNK, CHUNK), elements=st.integers(0, top), fill=st.integers(0, top)
    )
)


@given(cells)
def test_run_lengths_give_back_every_cell(chunk: np.ndarray) -> None:
    encoded = run_lengths(chunk)
    assert decoded(encoded) == chunk.reshape(-1).tolist()
    assert len(encoded) <= 2 * chunk.size


@pytest.mark.parametrize("length", [1, 255, 256, 257, 512, 513, 1024])
def test_runs_around_the_longest_piece_are_cut_and_joined_again(length: int) -> None:
    line = np.array([3] * length + [0], np.uint8)
    assert decoded(run_lengths(line)) == line.tolist()


def test_an_even_chunk_takes_eight_bytes() -> None:
    assert len(run_lengths(np.zeros((32, 32), np.uint8))) == 8


class Country:
    """A lawn over the chunks (-1, -1) to (1, 0), with bodies and clients on it."""

    def __init__(self) -> None:
        grass = by_name("grass").id
        tiles = [(x, y) for x in range(-CHUNK, 2 * CHUNK) for y in range(-8, 8)]
        self.world = Simulation(3, [(x, y, 0, grass) for x, y in tiles] + [(x, y, 1, AIR) for x, y in tiles])
        self.interest = Interest(self.world)

    def body(self, player: int, x: int, y: int = 0, stone: int = 0) -> Body:
        slots = [(by_name("stone").id, stone) if stone else (AIR, 0)] + [(AIR, 0)] * (SLOTS - 1)
        state = BodyState(x * UNIT + UNIT // 2, y * UNIT + UNIT // 2, 0, 1, slots)
        body = self.world.add_body(player, f"player{player}", 0, state)
        self.interest.add_body(body)
        return body

    def client(self, player: int) -> Client:
        """In a place that somebody has watched before, so that it is seen at once."""
        body = self.world.bodies[player]
        before = Client(-1, "A spectator", False, viewpoint=chunk_of(body.x, body.y))
        self.interest.add_client(before)
        self.interest.remove_client(before)
        return self.newcomer(player)

    def newcomer(self, player: int) -> Client:
        client = Client(player, f"player{player}", False)
        self.interest.add_client(client)
        return client

    def tick(self, *inputs: tuple[int, Input]) -> None:
        self.interest.publish(self.world.tick(inputs))

    def walk(self, player: int, dx: int, ticks: int) -> None:
        for _ in range(ticks):
            self.tick((player, Move(1, dx, 0)))


@pytest.fixture
def country() -> Country:
    return Country()


async def heard(client: Client) -> list[Told]:
    """All that waits for a client; nothing if there is none."""
    client.outbox.put(b"")
    return read(await client.outbox.take())


def of(told: list[Told], name: str) -> list[dict[str, Any]]:
    return [fields for heard_name, fields in told if heard_name == name]


async def test_a_newcomer_gets_the_chunks_around_its_body_nearest_first(country: Country) -> None:
    country.body(1, 40)
    chunks = [(c["cx"], c["cy"]) for c in of(await heard(country.client(1)), "chunk")]
    assert chunks[0] == (1, 0) and len(set(chunks)) == SEEN
    distances = [abs(int(cx) - 1) + abs(int(cy)) for cx, cy in chunks]
    assert distances == sorted(distances)


async def test_where_nobody_was_before_what_can_wait_comes_a_few_chunks_a_tick_for_all(
    country: Country,
) -> None:
    far = VIEW_RADIUS * 2 * CHUNK + 40
    country.body(1, 40)
    country.body(2, far)
    clients = [country.newcomer(1), country.newcomer(2)]
    centers = [(1, 0), (far // CHUNK, 0)]
    for client, (cx, cy) in zip(clients, centers, strict=True):
        at_once = {(c["cx"], c["cy"]) for c in of(await heard(client), "chunk")}
        assert at_once == {(cx + i, cy + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} == client.watched
    seen = [9, 9]
    while sum(seen) < 2 * SEEN:
        ready = country.interest.not_ready(chunks_around(centers[0]) | chunks_around(centers[1]))
        country.tick()
        left = country.interest.not_ready(chunks_around(centers[0]) | chunks_around(centers[1]))
        assert ready - left == min(READY_PER_TICK, ready)
        for i, client in enumerate(clients):
            chunks = {(c["cx"], c["cy"]) for c in of(await heard(client), "chunk")}
            seen[i] += len(chunks)
            assert chunks <= client.watched and len(client.watched) == seen[i]
        assert abs(seen[0] - seen[1]) <= 1, "they take turns"
    assert [client.watched for client in clients] == [chunks_around(center) for center in centers]


async def test_what_changes_in_a_chunk_that_is_still_to_come_comes_with_it(country: Country) -> None:
    country.body(1, 0)
    country.body(2, 2 * CHUNK + 1, stone=1)
    watcher = country.newcomer(1)
    assert (2, 0) not in watcher.watched
    told = await heard(watcher)
    country.tick((2, Place(1, 2 * CHUNK, 1, 0)))
    while (2, 0) not in watcher.watched:
        country.tick()
    told += await heard(watcher)
    (chunk,) = [c for c in of(told, "chunk") if (c["cx"], c["cy"]) == (2, 0)]
    assert decoded(chunk["blocks"]) == country.world.chunk(2, 0).blocks.reshape(-1).tolist()
    assert country.world.block_at(2 * CHUNK, 1) == by_name("stone").id
    assert 2 in [body[0] for b in of(told, "bodies") for body in b["bodies"]]


async def test_who_goes_elsewhere_is_sent_no_more_of_where_they_were(country: Country) -> None:
    body = country.body(1, 0)
    client = country.newcomer(1)
    body.x += 9 * SPAN
    country.interest.publish([Returned(1, body.x, body.y, 0)])
    while country.interest.not_ready(chunks_around((9, 0))):
        country.tick()
    sight = Sight()
    sight.follow(await heard(client), 0)
    assert sight.chunks == client.watched == chunks_around((9, 0))


async def test_a_chunk_is_what_the_world_holds(country: Country) -> None:
    country.body(1, 0)
    (chunk,) = [c for c in of(await heard(country.client(1)), "chunk") if (c["cx"], c["cy"]) == (0, 0)]
    content = country.world.chunk(0, 0)
    assert decoded(chunk["ground"]) == content.ground.reshape(-1).tolist()
    assert decoded(chunk["blocks"]) == content.blocks.reshape(-1).tolist()


async def test_a_newcomer_sees_who_is_there_and_is_seen(country: Country) -> None:
    country.body(1, 0)
    watcher = country.client(1)
    await heard(watcher)
    country.body(2, 3)
    assert [b["bodies"][0][:2] for b in of(await heard(watcher), "bodies")] == [[2, "player2"]]
    names = [body[1] for b in of(await heard(country.client(2)), "bodies") for body in b["bodies"]]
    assert sorted(names) == ["player1", "player2"]


async def test_a_change_is_encoded_once_for_all_who_see_it(country: Country) -> None:
    country.body(1, 0, stone=1)
    watchers = []
    for player in (2, 3):
        country.body(player, player)
        watchers.append(country.client(player))
    for watcher in watchers:
        await heard(watcher)
    country.tick((1, Place(1, 0, 2, 0)))
    frames = [await watcher.outbox.take() for watcher in watchers]
    assert frames[0] is frames[1] or frames[0] == frames[1]
    assert of(read(frames[0]), "block") == [
        {"x": 0, "y": 2, "layer": 1, "block": by_name("stone").id, "by": 1}
    ]


async def test_digging_and_what_is_in_the_hand_is_seen(country: Country) -> None:
    country.body(1, 0, stone=2)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    country.tick((1, Select(1, 0)), (1, Dig(2, 1, 0)))
    for _ in range(11):
        country.tick()
    told = await heard(watcher)
    assert of(told, "driver") == [{"id": 1, "driver": 0, "held": by_name("stone").id}]
    assert [d["stage"] for d in of(told, "digging")][-1] == 0 and len(of(told, "digging")) == 6
    assert of(told, "block")[0]["layer"] == 0


async def test_a_step_costs_a_watcher_less_than_a_hundred_bytes(country: Country) -> None:
    country.body(1, 0)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    country.walk(1, 1, 1)
    assert len(await watcher.outbox.take()) < 100


async def test_who_walks_against_a_wall_is_not_told_of_again_and_again(country: Country) -> None:
    country.world = Simulation(3, [(x, 0, 1, by_name("stone").id if x == 2 else AIR) for x in range(-5, 6)])
    country.interest = Interest(country.world)
    country.body(1, 0)
    country.body(2, -3)
    watcher = country.client(2)
    country.walk(1, 1, 40)
    stopped = country.world.bodies[1].x
    await heard(watcher)
    country.walk(1, 1, 50)
    assert country.world.bodies[1].x == stopped and of(await heard(watcher), "moves") == []
    country.walk(1, -1, 1)
    assert len(of(await heard(watcher), "moves")) == 1


async def test_a_walk_is_told_when_it_begins_turns_and_ends(country: Country) -> None:
    body = country.body(1, 0)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    x, y, now = body.x, body.y, country.world.tick_number
    country.walk(1, 1, 4)
    for _ in range(3):
        country.tick((1, Move(1, 0, 1)))
    country.tick()
    country.tick()
    assert of(await heard(watcher), "moves") == [
        {"tick": now + 1, "moves": [[1, x + STEP, y, 3, STEP, 0]]},
        {"tick": now + 5, "moves": [[1, x + 4 * STEP, y + STEP, 0, 0, STEP]]},
        {"tick": now + 8, "moves": [[1, x + 4 * STEP, y + 3 * STEP, 0, 0, 0]]},
    ]


async def test_a_long_walk_is_told_of_again_now_and_then(country: Country) -> None:
    country.body(1, -CHUNK + 2)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    now = country.world.tick_number
    country.walk(1, 1, 3 * GOES_ON)
    told = [m["tick"] for m in of(await heard(watcher), "moves")]
    assert told[0] == now + 1 and told[-1] >= now + 2 * GOES_ON
    assert max(b - a for a, b in itertools.pairwise(told)) <= GOES_ON


async def test_who_comes_to_see_a_walk_hears_how_it_goes_on(country: Country) -> None:
    body = country.body(1, 0)
    country.body(2, 3)
    country.walk(1, -1, 7)
    (moves,) = of(await heard(country.client(2)), "moves")
    assert moves == {
        "tick": country.world.tick_number,
        "moves": [[1, body.x, body.y, body.facing, -STEP, 0]],
    }


async def test_a_leap_is_not_taken_for_a_walk(country: Country) -> None:
    """Who returns to a bed stands there, even if that took them no further than a few steps."""
    body = country.body(1, 0)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    body.x += 2 * UNIT
    country.interest.publish([Returned(1, body.x, body.y, 0)])
    (moves,) = of(await heard(watcher), "moves")
    assert moves["moves"] == [[1, body.x, body.y, 0, 0, 0]]


class Sight:
    """What a browser knows of bodies: it follows the messages, and lets a body walk on as it was told."""

    def __init__(self) -> None:
        self.chunks: set[tuple[int, int]] = set()
        self.bodies: dict[int, list[int]] = {}  # tick, x, y, dx, dy

    def follow(self, told: list[Told], tick: int) -> None:
        for name, fields in told:
            match name:
                case "chunk":
                    self.chunks.add((fields["cx"], fields["cy"]))
                case "forget":
                    self.chunks.discard((fields["cx"], fields["cy"]))
                    here = (fields["cx"], fields["cy"])
                    self.bodies = {b: p for b, p in self.bodies.items() if chunk_of(p[1], p[2]) != here}
                case "bodies":
                    for id, _, _, x, y, *_ in fields["bodies"]:
                        self.bodies[id] = [tick, x, y, 0, 0]
                case "left":
                    if (fields["cx"], fields["cy"]) not in self.chunks:
                        self.bodies.pop(fields["id"], None)
                case "moves":
                    for id, x, y, _, dx, dy in fields["moves"]:
                        if id in self.bodies:
                            self.bodies[id] = [fields["tick"], x, y, dx, dy]

    def places(self, tick: int) -> dict[int, tuple[int, int]]:
        return {
            id: (x + dx * (tick - told), y + dy * (tick - told))
            for id, (told, x, y, dx, dy) in self.bodies.items()
        }


# dx, dy, for so many ticks, with so many steps in each tick
ways = st.tuples(st.integers(-1, 1), st.integers(-1, 1), st.integers(1, 60), st.sampled_from((1, 1, 2)))


@settings(max_examples=60)
@given(walks=st.lists(st.lists(ways, max_size=6), min_size=3, max_size=3), behind=st.booleans())
@example(walks=[[(1, 0, 60, 1)] * 3, [(-1, 0, 60, 1)] * 3, [(1, 1, 60, 1)] * 3], behind=False)
@example(walks=[[(1, 0, 60, 1)], [(0, 1, 30, 1), (0, -1, 30, 1)], [(1, 1, 60, 1)]], behind=True)
@example(
    walks=[[(1, 0, 9, 1), (1, 0, 1, 2)] * 3, [(1, 1, 9, 1), (1, 1, 1, 2)], [(-1, 0, 60, 2)]], behind=False
)
async def test_whoever_follows_what_is_told_knows_every_place_at_every_tick(
    walks: list[list[tuple[int, int, int, int]]], behind: bool
) -> None:
    country = Country()
    stone = by_name("stone").id
    for x in range(-CHUNK, 2 * CHUNK, 5):
        country.world.tiles.put(x, 3, 1, stone)
    for player in range(len(walks)):
        country.body(player, (VIEW_RADIUS + 1) * CHUNK * player // 2 - 2)
    watcher, sight = country.client(0), Sight()
    plans = [[[(dx, dy)] * steps for dx, dy, ticks, steps in walk for _ in range(ticks)] for walk in walks]
    for now in range(max(map(len, plans)) + 1):
        country.tick(
            *(
                (player, Move(1, *way))
                for player, plan in enumerate(plans)
                if now < len(plan)
                for way in plan[now]
            )
        )
        tick = country.world.tick_number
        if behind and now % 7:  # a slow line: what waits is merged
            if now % 7 == 1:
                watcher.outbox.put(protocol.encode("refused", 1, "x" * 500) * (LIMIT // 4000))
            continue
        sight.follow(await heard(watcher), tick)
        seen = {b.id: (b.x, b.y) for b in country.world.bodies.values() if chunk_of(b.x, b.y) in sight.chunks}
        assert sight.places(tick) == seen


def test_nothing_is_encoded_for_a_tick_in_which_nothing_happens(country: Country) -> None:
    country.body(1, 0)
    client = country.client(1)
    client.outbox._frames.clear()
    country.tick()
    assert client.outbox._frames == []


async def test_who_crosses_a_border_looks_ahead_and_forgets_behind(country: Country) -> None:
    country.body(1, CHUNK - 1)
    walker = country.client(1)
    await heard(walker)
    country.walk(1, 1, 5)
    told = await heard(walker)
    ahead = {(1 + VIEW_RADIUS, y) for y in range(-VIEW_RADIUS, VIEW_RADIUS + 1)}
    assert {(c["cx"], c["cy"]) for c in of(told, "chunk")} == ahead
    assert {(c["cx"], c["cy"]) for c in of(told, "forget")} == {(-VIEW_RADIUS, y) for _, y in ahead}
    assert len(walker.watched) == SEEN


async def test_a_body_that_crosses_a_border_leaves_one_chunk_and_is_shown_in_the_other(
    country: Country,
) -> None:
    country.body(1, CHUNK - 1)
    country.body(2, 0)
    watcher = country.client(2)
    await heard(watcher)
    country.walk(1, 1, 5)
    told = await heard(watcher)
    assert of(told, "left") == [{"id": 1, "cx": 1, "cy": 0}]
    (shown,) = of(told, "bodies")
    assert shown["bodies"][0][0] == 1 and chunk_of(*shown["bodies"][0][3:5]) == (1, 0)


async def test_who_watches_only_the_chunk_left_behind_hears_where_it_went(country: Country) -> None:
    country.body(1, CHUNK - 1)
    country.body(2, -VIEW_RADIUS * CHUNK + 2)  # sees chunk 0 at its edge, and nothing of chunk 1
    watcher = country.client(2)
    await heard(watcher)
    country.walk(1, 1, 5)
    told = await heard(watcher)
    assert of(told, "left") == [{"id": 1, "cx": 1, "cy": 0}]
    assert not of(told, "bodies") and not [m for m in of(told, "moves") if m["moves"][0][1] >= SPAN]


async def test_who_is_far_away_hears_nothing(country: Country) -> None:
    country.body(1, 0)
    country.body(2, 2000)
    far = country.client(2)
    await heard(far)
    country.walk(1, 1, 40)
    assert await heard(far) == []


async def test_a_body_that_goes_is_gone_and_one_that_left_is_no_longer_told(country: Country) -> None:
    country.body(1, 0)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    country.interest.remove_body(1)
    assert await heard(watcher) == [("gone", {"id": 1})]
    country.interest.remove_client(watcher)
    country.body(3, 4)
    assert await heard(watcher) == []


async def test_a_newer_connection_of_a_player_is_not_removed_with_the_older(country: Country) -> None:
    country.body(1, 0)
    older, newer = country.client(1), country.client(1)
    country.interest.remove_client(older)
    await heard(newer)
    country.walk(1, 1, 1)
    assert of(await heard(newer), "moves")


async def test_who_drives_a_body_is_told(country: Country) -> None:
    body = country.body(1, 0)
    country.body(2, 3)
    watcher = country.client(2)
    await heard(watcher)
    body.driver = 2
    country.interest.driver_changed(1)
    assert await heard(watcher) == [("driver", {"id": 1, "driver": 2, "held": 0})]


async def test_a_chunk_is_encoded_anew_only_when_it_changed(country: Country) -> None:
    country.body(1, 0, stone=1)
    country.body(2, 3)
    one, other = country.client(1), country.client(2)
    before = [f for f in one.outbox._frames if read(f)[0][0] == "chunk"]
    same = [f for f in other.outbox._frames if read(f)[0][0] == "chunk"]
    assert len(before) == SEEN and all(a is b for a, b in zip(before, same, strict=True))
    country.tick((1, Place(1, 0, 2, 0)))
    country.body(3, 4)
    after = {f for f in country.client(3).outbox._frames if read(f)[0][0] == "chunk"}
    assert len(after - set(before)) == 1


def test_places_where_nobody_is_any_more_are_not_remembered(country: Country) -> None:
    """Agents walk for months in an endless world."""
    country.body(1, 0)
    country.walk(1, 1, 300)
    assert list(country.interest._bodies_in) == [chunk_of(country.world.bodies[1].x, 0)]


async def test_who_has_no_body_watches_from_a_viewpoint_and_stays_there_whoever_walks(
    country: Country,
) -> None:
    country.body(1, CHUNK - 1)
    spectator = Client(-1, "", False, viewpoint=(0, 0))
    country.interest.add_client(spectator)
    told = await heard(spectator)
    assert {(c["cx"], c["cy"]) for c in of(told, "chunk")} == chunks_around((0, 0)) == spectator.watched
    country.walk(1, 1, 10)
    told = await heard(spectator)
    assert of(told, "left") and of(told, "moves") and not of(told, "chunk")

    country.interest.look_from(spectator, (1, 0))
    told = await heard(spectator)
    assert len(of(told, "chunk")) == len(of(told, "forget")) == 2 * VIEW_RADIUS + 1
    assert spectator.watched == chunks_around((1, 0))
    country.interest.remove_client(spectator)
    country.walk(1, 1, 3)
    assert await heard(spectator) == []


def test_where_somebody_stands_and_what_is_ready_to_be_shown_is_known(country: Country) -> None:
    country.body(1, CHUNK + 1)
    assert country.interest.is_inhabited((1, 0)) and not country.interest.is_inhabited((0, 0))
    assert country.interest.not_ready(chunks_around((1, 0))) == SEEN
    country.client(1)
    assert country.interest.not_ready(chunks_around((2, 0))) == 2 * VIEW_RADIUS + 1
    country.walk(1, -1, 10)
    assert country.interest.is_inhabited((0, 0)) and not country.interest.is_inhabited((1, 0))
