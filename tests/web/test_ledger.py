"""What the ticks did gets onto the disk: together, before it is confirmed, and also after a disk was full."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from wire import Told, read

from nanoverse.agents.conduct import Conducts
from nanoverse.agents.locks import Locks
from nanoverse.app import _save_last
from nanoverse.config import Settings
from nanoverse.parts import Parts
from nanoverse.store import accounts, bodies, changes, deeds, edits, facts, finds, land, scrolls
from nanoverse.store.clock import Clock, now_ms
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.web.client import Client
from nanoverse.web.interest import Interest
from nanoverse.web.ledger import Ledger, Pending
from nanoverse.web.ticker import CHANGES_PER_TICK, GROWN_PER_TICK, Ticker
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import CHUNK, SLOTS, STACK, STEP, UNIT
from nanoverse.world.events import BlockChanged, Event, Found, GuestChanged, Hidden, LandChanged, Recovered
from nanoverse.world.inputs import Allow, Claim, Dig, Input, Move, Place, Select, Stop
from nanoverse.world.land import plot_of
from nanoverse.world.simulation import Simulation
from nanoverse.world.undo import Undo

STONE = by_name("stone").id
MIDDLE = UNIT // 2
AN_HOUR = 3600.0
_FAILS = "BEGIN SELECT RAISE(ABORT, 'no room'); END"


async def world_of(db: Database) -> Simulation:
    """A lawn with the body of player 1 on it, who carries five stones."""
    await db.write(lambda c: accounts.create(c, "Mira", "mira", "hash", 0, 1))
    tiles = [(x, y) for x in range(-9, 9) for y in range(-9, 9)]
    grass = by_name("grass").id
    world = Simulation(3, [(x, y, 0, grass) for x, y in tiles] + [(x, y, 1, AIR) for x, y in tiles])
    slots = [(STONE, 5)] + [(AIR, 0)] * (SLOTS - 1)
    world.add_body(1, "Mira", 0, BodyState(MIDDLE, MIDDLE, 0, 0, slots))
    return world


def stones_saved(connection: sqlite3.Connection) -> tuple[int, int]:
    """Stones in the hand and stones in the world, as the database has them; five together, at any time."""
    body = bodies.get(connection, 1)
    in_hand = sum(count for block, count in body.slots if block == STONE) if body else 5
    return in_hand, sum(edit.block == STONE for edit in edits.everything(connection))


async def fill_disk(db: Database) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}").fetchone()

    await db.write(fill)
    with pytest.raises(StoreError):  # until not even a small row fits
        for number in range(10_000):
            await db.write(lambda c, n=number: facts.put(c, f"filler {n}", "x" * 2000))  # type: ignore[misc]


async def free_disk(db: Database) -> None:
    await db.write(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())


def place_all_around(world: Simulation, ledger: Ledger, *tiles: tuple[int, int]) -> None:
    for x, y in tiles:
        assert ledger.record(world.tick([(1, Place(1, x, y, 0))]))


async def test_blocks_and_inventories_of_a_tick_are_saved_together(db: Database) -> None:
    world = await world_of(db)
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0), (2, 1))
    await ledger.commit()
    assert await db.read(stones_saved) == (3, 2)
    assert await db.read(lambda c: facts.get(c, "tick")) == "2"


async def test_what_waits_when_its_player_is_deleted_is_saved_without_their_name(db: Database) -> None:
    world = await world_of(db)
    world.land.claim(world.bodies[1], 0, 0)
    await db.write(lambda c: accounts.create(c, "Bob", "bob", "hash", 0, 1))
    world.add_body(2, "Bob", 0, None)
    assert world.land.allow(world.bodies[1], 2, True) is world.land.allow(world.bodies[2], 1, True) is None
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0))
    plot = plot_of(0, 0)
    ledger.record([LandChanged(*plot, 1, 1), GuestChanged(1, 2, True), GuestChanged(2, 1, True)])
    await db.write(lambda c: accounts.delete(c, 1))
    await ledger.commit()
    stones = [edit.player for edit in await db.read(edits.everything) if edit.block == STONE]
    assert stones == [None]
    assert await db.read(lambda c: c.execute("SELECT player FROM change").fetchall()) == [(None,)]
    assert await db.read(lambda c: (land.claims(c), land.guests(c), bodies.get(c, 1))) == ([], [], None)


async def test_what_a_full_disk_refused_goes_with_the_next_commit_of_everything(db: Database) -> None:
    world = await world_of(db)
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0))
    await ledger.commit()
    await fill_disk(db)
    ledger.record([*world.tick([(1, Place(1, 2, 1, 0))]), *wide()])
    with pytest.raises(StoreError, match="disk is full"):
        await ledger.commit()
    assert await db.read(stones_saved) == (4, 1)  # all of the tick, or nothing
    await free_disk(db)
    place_all_around(world, ledger, (2, 2))
    await ledger.commit(everything=True)
    assert await db.read(stones_saved) == (2, 3)
    assert len(await db.read(edits.everything)) == 3 + len(wide())


async def test_a_commit_that_nobody_waits_for_any_more_is_not_written_twice(db: Database) -> None:
    world = await world_of(db)
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0))
    saving = asyncio.create_task(ledger.commit())
    await asyncio.sleep(0)  # it is on its way
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    await ledger.commit(everything=True)
    assert await db.read(stones_saved) == (4, 1)
    # Twice in the log, it would give its stone back twice when it is rolled back.
    assert await db.read(lambda c: c.execute("SELECT count(*) FROM change").fetchone()) == (1,)


async def test_who_built_is_saved_with_the_block_and_whether_it_was_the_agent(db: Database) -> None:
    world = await world_of(db)
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0))
    world.bodies[1].driver = 2
    place_all_around(world, ledger, (2, 1))
    await ledger.commit()
    saved = {(e.x, e.y): (e.player, e.by_agent) for e in await db.read(edits.everything)}
    assert saved == {(2, 0): (1, False), (2, 1): (1, True)}


async def test_a_bag_that_cannot_be_costs_nobody_what_the_tick_did(db: Database) -> None:
    """Whether it can be is looked at when it is loaded; a saving of all bodies would take long for it."""
    world = await world_of(db)
    await db.write(lambda c: accounts.create(c, "Bob", "bob", "hash", 0, 1))
    world.add_body(2, "Bob", 0, None).slots[0] = [STONE, STACK + 1]
    ledger = Ledger(world, db)
    place_all_around(world, ledger, (2, 0))
    ledger.save_soon(2)
    await ledger.commit(everything=True)
    assert await db.read(stones_saved) == (4, 1)


async def test_a_step_alone_is_saved_only_when_everything_is(db: Database) -> None:
    world = await world_of(db)
    ledger = Ledger(world, db)
    assert not ledger.record(world.tick([(1, Move(1, 1, 0))]))
    await ledger.commit()
    assert await db.read(lambda c: bodies.get(c, 1)) is None
    await ledger.commit(everything=True)
    saved = await db.read(lambda c: bodies.get(c, 1))
    assert saved is not None and saved.x == world.bodies[1].x


async def ticker_of(db: Database) -> tuple[Ticker, Client]:
    world = await world_of(db)
    interest = Interest(world)
    ticker = Ticker(world, interest, db, lambda: [])
    client = Client(1, "Mira", False)
    ticker.clients[1] = client
    interest.add_client(client)
    await client.outbox.take()
    return ticker, client


def submit(client: Client, *inputs: Input) -> None:
    for each in inputs:
        assert client.submit(each)


async def until_answered(client: Client, ref: int) -> Told:
    """The answer to an input of this number; whatever else is told is passed over."""
    async with asyncio.timeout(60):
        while True:
            for name, fields in read(await client.outbox.take()):
                if name in ("done", "refused") and fields["ref"] == ref:
                    return name, fields


async def test_done_is_said_after_the_commit(db: Database) -> None:
    ticker, client = await ticker_of(db)
    submit(client, Place(7, 2, 0, 0))
    ticker.tick()
    assert (await until_answered(client, 7))[0] == "done"
    assert await db.read(stones_saved) == (4, 1)


async def test_done_waits_for_a_commit_that_somebody_else_began(tmp_path: Path) -> None:
    """The saving of those who moved may wake in the same moment as the tick, and take the tick's edits with it."""
    async with await Database.open(
        tmp_path / "slow", tick=AN_HOUR
    ) as db:  # after one commit, none for an hour
        ticker, client = await ticker_of(db)
        saver_wakes = asyncio.Event()

        async def save() -> None:
            await saver_wakes.wait()
            await ticker.ledger.commit(everything=True)

        saver = asyncio.create_task(save())
        await asyncio.sleep(0)
        submit(client, Place(7, 2, 0, 0))
        saver_wakes.set()
        ticker.tick()
        for _ in range(5):
            await asyncio.sleep(0.001)
        told = [name for name, _ in read(await client.outbox.take())]
        assert "block" in told and "done" not in told
        await db.close()  # the only thing that cuts the hour short
        await saver
        assert (await until_answered(client, 7))[0] == "done"


def wide(y: int = 100) -> list[Event]:
    """So many edits that they cannot fit into the pages that are there."""
    return [BlockChanged(x, y, 0, by_name("dirt").id, 1, AIR) for x in range(2000)]


async def test_who_builds_onto_a_full_disk_is_told_and_the_world_goes_on(db: Database) -> None:
    ticker, client = await ticker_of(db)
    await fill_disk(db)
    ticker.ledger.record(wide())
    submit(client, Place(7, 2, 0, 0), Dig(8, 2, 0))
    ticker.tick()
    assert ticker.world.diggers
    told = await until_answered(client, 0)
    assert told == ("refused", {"ref": 0, "reason": "The server cannot save this just now."})
    assert ticker.world.block_at(2, 0) == STONE, "what was done is done, and saved later"

    submit(client, Place(9, 2, 1, 0), Move(10, 1, 0), Stop(11))
    ticker.tick()
    name, fields = await until_answered(client, 9)
    assert (name, fields["reason"]) == ("refused", "The server cannot save this just now.")
    assert not ticker.world.diggers, "and let go of what one digs"
    assert ticker.world.block_at(2, 1) == AIR, "what is refused changes nothing"
    assert ticker.world.bodies[1].x == MIDDLE + STEP, "but one can walk"

    await free_disk(db)
    await ticker.ledger.commit(everything=True)
    assert (await until_answered(client, 7))[0] == "done"
    submit(client, Place(12, 2, 1, 0))
    ticker.tick()
    assert (await until_answered(client, 12))[0] == "done"
    assert await db.read(stones_saved) == (3, 2)


async def test_a_full_disk_is_tried_and_told_of_only_when_everything_is_to_be_saved(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticker, client = await ticker_of(db)
    await fill_disk(db)
    tried, put = [], edits.put

    def noted(connection: sqlite3.Connection, rows: Sequence[edits.Edit]) -> None:
        tried.append(len(rows))
        put(connection, rows)

    monkeypatch.setattr(edits, "put", noted)
    for y in range(100, 105):
        ticker.ledger.record(wide(y))
        submit(client, Place(y, 2, y - 102, 0))
        ticker.tick()
        await asyncio.sleep(0)
        await ticker.ledger.settle()
    assert tried == [2001]
    with pytest.raises(StoreError, match="disk is full"):
        await ticker.ledger.commit(everything=True)
    assert tried[1:] == [10_001], "nothing is lost of what came meanwhile"
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(logged) == 2 and "not saved yet" in logged[0].getMessage()
    warned = [fields for _, fields in read(await client.outbox.take()) if fields.get("ref") == 0]
    assert len(warned) == 1


async def test_what_a_tick_did_is_saved_even_if_it_cannot_be_shown(db: Database) -> None:
    ticker, client = await ticker_of(db)
    stranger = Client(99, "nobody", False)  # without a body: whatever concerns it cannot work
    ticker.interest._clients[99] = stranger
    ticker.interest._chunk_of_body.clear()
    submit(client, Place(7, 2, 0, 0), Move(8, 1, 0))
    with pytest.raises(KeyError):
        ticker.tick()
    await asyncio.sleep(0)
    await ticker.ledger.commit(everything=True)
    assert await db.read(stones_saved) == (4, 1)


async def test_a_tick_that_fails_does_not_end_the_world(db: Database) -> None:
    ticker, client = await ticker_of(db)
    failures = iter(range(3))

    def sink(_: object) -> None:
        if next(failures, None) is not None:
            raise RuntimeError("a listener that fails")

    ticker.sinks.append(sink)
    running = asyncio.create_task(ticker.run())
    submit(client, Select(9, 3))
    assert (await until_answered(client, 9))[0] == "done"
    running.cancel()


async def test_a_world_that_was_held_up_catches_up(db: Database) -> None:
    ticker, _ = await ticker_of(db)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0)
    time.sleep(0.4)  # noqa: ASYNC251  (something held the loop for eight ticks)
    for _ in range(100):  # as often as the loop turns in a moment
        await asyncio.sleep(0)
    assert ticker.world.tick_number >= 8
    running.cancel()
    figures = ticker.figures(60)
    assert set(figures) == {"tick_ms_p50", "tick_ms_p99", "tick_ms_max", "late_ms_max"}
    assert figures["late_ms_max"] >= 300


async def test_the_last_saving_holds_what_a_write_could_not_that_nobody_waits_for_any_more(
    db: Database,
) -> None:
    ticker, _ = await ticker_of(db)
    full = "CREATE TEMP TRIGGER full BEFORE INSERT ON edit BEGIN SELECT RAISE(ABORT, 'full'); END"
    await db.write(lambda c: c.execute(full))
    go_on = threading.Event()
    db.write_soon(lambda c: go_on.wait(60))  # a disk that takes its time
    place_all_around(ticker.world, ticker.ledger, (2, 0))
    saving = asyncio.create_task(ticker.ledger.commit())
    await asyncio.sleep(0)
    saving.cancel()
    last = asyncio.create_task(_save_last(ticker))
    for _ in range(9):
        await asyncio.sleep(0)
    db.write_soon(lambda c: c.execute("DROP TRIGGER full"))  # room again, too late for that write
    go_on.set()
    await last
    assert await db.read(stones_saved) == (4, 1)


async def test_time_and_weather_are_told_now_and_then(db: Database) -> None:
    ticker, client = await ticker_of(db)
    for _ in range(400):
        ticker.tick()
    told = read(await client.outbox.take())
    assert [fields["tick"] for name, fields in told if name == "clock"] == [200, 400]


async def test_a_client_walks_one_step_a_tick_however_fast_it_sends(db: Database) -> None:
    ticker, client = await ticker_of(db)
    submit(client, *(Move(ref, 1, 0) for ref in range(1, 11)))
    start = ticker.world.bodies[1].x
    ticker.tick()
    assert 0 < ticker.world.bodies[1].x - start < UNIT // 4
    for _ in range(9):
        ticker.tick()
    refs = [fields["ref"] for name, fields in read(await client.outbox.take()) if name == "you"]
    assert refs == [5, 6, 7, 8, 9, 10]  # a queue of six; the oldest fell out


async def test_a_late_step_is_made_up_for_and_the_answer_to_the_second_is_that_to_both(db: Database) -> None:
    ticker, client = await ticker_of(db)
    ticker.tick()  # in which no step came
    start = ticker.world.bodies[1].x
    submit(client, *(Move(ref, 1, 0) for ref in range(1, 7)))
    for _ in range(5):
        ticker.tick()
    answers = [fields for name, fields in read(await client.outbox.take()) if name == "you"]
    assert [fields["ref"] for fields in answers] == [
        1,
        3,
        4,
        5,
        6,
    ]  # 2 had to wait, and when 3 had to, too, both went
    assert all(0 <= fields["waited"] < 1000 for fields in answers)
    assert answers[-1]["x"] == ticker.world.bodies[1].x == start + 6 * STEP


async def test_a_refused_input_is_answered_at_once_with_its_reason(db: Database) -> None:
    ticker, client = await ticker_of(db)
    submit(client, Place(7, 100, 0, 0))
    ticker.tick()
    told = read(await client.outbox.take())
    assert ("refused", {"ref": 7, "reason": "That is out of reach."}) in told


async def test_of_all_that_changed_in_a_tick_only_how_it_is_at_its_end_is_told(db: Database) -> None:
    ticker, client = await ticker_of(db)
    ticker.world.add_body(2, "Bob", 0, None)
    places = [Place(ref, 2, ref, 0) for ref in (0, 1, 2)]
    submit(client, *places, Claim(3, 0, 0), Allow(4, 2, True), Allow(5, 2, False), Allow(6, 2, True))
    ticker.tick()
    told = read(await client.outbox.take())
    (inventory,) = [fields for name, fields in told if name == "inventory"]
    assert inventory["slots"][0] == [STONE, 5 - len(places)]
    (own,) = [fields for name, fields in told if name == "land"]
    assert (own["plots"], own["guests"]) == ([list(plot_of(0, 0))], [[2, "Bob"]])


async def test_what_failed_undoes_nothing_of_what_was_committed_after_it(db: Database) -> None:
    world = await world_of(db)
    await db.write(lambda c: accounts.create(c, "Bob", "bob", "hash", 0, 1))
    world.add_body(2, "Bob", 0, None)
    ada, ledger = world.bodies[1], Ledger(world, db)
    plot = plot_of(*ada.tile)
    await fill_disk(db)
    assert world.land.claim(ada, *ada.tile) is world.land.allow(ada, 2, True) is None
    ledger.record([LandChanged(*plot, 1, 1), GuestChanged(1, 2, True), *wide()])
    first = ledger.commit()
    assert world.land.release(ada, *ada.tile) is world.land.allow(ada, 2, False) is None
    ledger.record([LandChanged(*plot, None, 1), GuestChanged(1, 2, False)])
    found_no_room, _ = await asyncio.gather(first, ledger.commit(), return_exceptions=True)
    assert isinstance(found_no_room, StoreError)
    await free_disk(db)
    await ledger.commit(everything=True)
    assert await db.read(lambda c: (land.claims(c), land.guests(c))) == ([], [])


@pytest.mark.parametrize("refused", [1, 2], ids=["the older alone", "both"])
async def test_who_changed_a_tile_last_stays_so_when_what_failed_is_written_again(
    db: Database, refused: int
) -> None:
    world = await world_of(db)
    await db.write(lambda c: accounts.create(c, "Bob", "bob", "hash", 0, 1))
    world.add_body(2, "Bob", 0, None)
    ledger = Ledger(world, db, now=Clock().now)
    commits = []
    for body, block in ((1, STONE), (2, by_name("dirt").id)):
        ledger.record([BlockChanged(0, 50, 0, block, body, AIR), BlockChanged(body, 60, 0, block, body, AIR)])
        commits.append(ledger.commit())
        await asyncio.sleep(0.002)  # two commits are never of one millisecond
    await db.write(lambda c: c.execute(f"CREATE TEMP TRIGGER no BEFORE INSERT ON edit {_FAILS}"))
    results = []
    for number, commit in enumerate(commits):
        if number == refused:
            await db.write(lambda c: c.execute("DROP TRIGGER temp.no"))
        results += await asyncio.gather(commit, return_exceptions=True)
    assert [isinstance(result, Exception) for result in results] == [True, refused == 2]
    if refused == 2:
        await db.write(lambda c: c.execute("DROP TRIGGER temp.no"))
    await ledger.commit(everything=True)
    saved = {(e.x, e.y): e.player for e in await db.read(edits.everything)}
    assert saved == {(0, 50): 2, (1, 60): 1, (2, 60): 2}
    logged = await db.read(lambda c: c.execute("SELECT player FROM change ORDER BY id").fetchall())
    assert logged == ([(1,), (1,), (2,), (2,)] if refused == 2 else [(2,), (2,), (1,), (1,)])


def test_of_what_a_failed_commit_held_nothing_is_lost_and_the_newest_wins() -> None:
    change = changes.Change(0, 0, 1, AIR, STONE, 1, False, 0, 1, 5)
    held = Pending({(0, 0, 1): (1, False)}, [change], [7], {(0, 0)}, {(1, 2)}, {1}, {(3, 3)}, {(4, 4)})
    assert held.then(Pending()) == held == Pending().then(held)
    newer = Pending({(0, 0, 1): (2, True)}, claims={(9, 9)}, guests={(2, 1)}, bodies={2})
    both = held.then(newer)
    assert both.edits == {(0, 0, 1): (2, True)} and both.claims == {(0, 0), (9, 9)}
    assert both.guests == {(1, 2), (2, 1)} and both.bodies == {1, 2}
    assert (both.log, both.undone, both.chests, both.signs) == ([change], [7], {(3, 3)}, {(4, 4)})


async def test_a_roll_back_of_many_changes_is_carried_out_in_pieces(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticker, _ = await ticker_of(db)
    pieces, mark = [], changes.mark_undone

    def noted(connection: sqlite3.Connection, ids: Sequence[int], now: int) -> None:
        pieces.append(len(ids))
        mark(connection, ids, now)

    monkeypatch.setattr(changes, "mark_undone", noted)
    each = CHANGES_PER_TICK // 4
    undos = [
        Undo(x, 5, 1, AIR, STONE, tuple(range(many)), {}) for x, many in enumerate([each] * 6 + [9 * each])
    ]
    rolled_back = asyncio.create_task(ticker.undo(undos))
    while not rolled_back.done():
        ticker.tick()
        await asyncio.sleep(0)
        await db.write(lambda c: None)
    assert await rolled_back == []
    assert [piece for piece in pieces if piece] == [4 * each, 2 * each, 9 * each], (
        "what is too much goes alone"
    )


async def test_a_roll_back_over_land_that_must_be_grown_for_it_grows_only_some_in_a_tick(
    db: Database,
) -> None:
    ticker, _ = await ticker_of(db)
    nothing = Undo(0, 0, 0, by_name("chest").id, AIR, (), {})  # no ground is like that
    far = [replace(nothing, x=1000 + i * CHUNK) for i in range(GROWN_PER_TICK + 1) for _ in range(2)]
    near = [replace(nothing, y=i) for i in range(3)]
    rolled_back = asyncio.create_task(ticker.undo(near + far))
    await asyncio.sleep(0)
    ticker.tick()
    assert len(ticker._undos) == 2, "all but the last chunk"
    ticker.tick()
    assert len(await rolled_back) == len(near + far)


async def test_who_finds_a_scroll_in_the_tick_in_which_it_is_taken_away_keeps_its_words(db: Database) -> None:
    world = await world_of(db)
    bob = await db.write(lambda c: accounts.create(c, "Bob", "bob", "hash", 0, 1))
    ledger = Ledger(world, db)
    ledger.record([Hidden(1, 1, 4, 4, "north of the ford")])
    await ledger.commit()
    found = Found(bob.id, "scroll", "1", 4, 4, "", "north of the ford", 1)
    ledger.record([found, Recovered(1, 1)])
    await ledger.commit()
    (kept,) = await db.read(lambda c: finds.scrolls(c, bob.id, 9))
    assert kept.text == "north of the ford"
    assert await db.read(scrolls.hidden) == []


async def test_a_deed_of_an_agent_is_on_disk_with_the_block_that_it_changed(
    db: Database, tmp_path: Path
) -> None:
    world = await world_of(db)
    parts = Parts(Settings(data=tmp_path), db, Clock(), world, Conducts(db, now_ms), Locks(db))
    parts.memory.meet(world.bodies[1])
    parts.drivers.take_over(1, [])
    parts.ticker._agents = lambda: [(1, Place(0, 2, 0, 0))]
    parts.ticker.tick()
    await asyncio.gather(*parts.ticker._commits)
    assert await db.read(lambda c: c.execute("SELECT x, y FROM change").fetchall()) == [(2, 0)]
    (did,) = await db.read(lambda c: deeds.between(c, 1, 0, 2**60, 9))
    assert (did.verb, did.what, did.count) == ("placed", "stone", 1)
