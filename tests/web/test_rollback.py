"""The log of changes, and roll-back by actor, time and area: counted first, then done, by admins and by owners."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from house import House, build, give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.commands import rollback
from nanoverse.config import Settings
from nanoverse.store import accounts, changes, land
from nanoverse.store.changes import Change, Selection
from nanoverse.store.database import FILE, Database
from nanoverse.web import rollback as desk
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.rollback import plan
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.constants import PLOT
from nanoverse.world.simulation import Simulation
from nanoverse.world.tiles import PAINT
from nanoverse.world.undo import CHANGED

SEED = 5
X, Y = (at + 200 for at in Simulation(SEED).spawn)
STONE = by_name("stone").id
HOUR = 3600 * 10**9  # ns


def ago(minutes: int) -> int:
    """ms since 1970."""
    return time.time_ns() // 1_000_000 - 60_000 * minutes


def placed(player: int, x: int, y: int, minutes_ago: int, by_agent: bool) -> Change:
    return Change(x, y, 1, AIR, STONE, player, by_agent, 0, STONE, ago(minutes_ago))


@asynccontextmanager
async def village(
    folder: Path, *logged: tuple[str, int, int, int, bool], claimed: int | None = None, **settings: object
) -> AsyncIterator[House]:
    """Ana on her land, Ben beside her with five stones; Ana is the admin. `logged`: stones in the log, each as who
    placed it, x, y, how many minutes ago, and whether the agent did; `claimed`: how many minutes ago Ana claimed the
    plot."""
    people = await settle(folder / "data", "Ana", "Ben")
    await build(folder / "data", X - 3, Y - 3, *["." * 8] * 8)
    await give(folder / "data", people["Ana"], X, Y, ("stone", 9), ("sign", 1))
    await give(folder / "data", people["Ben"], X + 1, Y, ("stone", 5))
    async with await Database.open(folder / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ana"]))
        await db.write(lambda c: changes.put(c, [placed(people[name], *how) for name, *how in logged]))
        if claimed is not None:
            plot = X // PLOT, Y // PLOT
            await db.write(lambda c: land.put_claims(c, [(plot, people["Ana"])], ago(claimed)))
    async with open_house(folder, seed=SEED, commons=0, **settings) as house:
        house.people.update(people)
        yield house


async def stones(bot: Bot) -> int:
    told = bot.expect("inventory")
    await bot.ask("swap", 25, 26)
    return sum(count for block, count in (await told)["slots"] if block == STONE)


async def test_an_admin_counts_then_rolls_back_and_the_things_are_where_they_were(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        for dy in (0, 1, 2):
            await ben.ask("place", X + 2, Y + dy, 0)
        await ana.ask("place", X, Y + 1, 0)
        counted = await ana.post("api/admin/rollback", player="Ben", minutes=5)
        assert (counted["tiles"], counted["kept"]) == (3, 0)
        assert counted["newest"][0] | {"time": 0} == {
            "time": 0,
            "player": "Ben",
            "agent": False,
            "x": X + 2,
            "y": Y + 2,
            "layer": 1,
            "before": "air",
            "after": "stone",
        }
        assert await stones(ben) == 2, "counting changes nothing"
        seen = ana.expect("block", lambda f: f["x"] == X + 2 and f["block"] == AIR)
        done = await ana.post("api/admin/rollback", player="Ben", minutes=5, do=True)
        assert (done["tiles"], done["left"]) == (3, {})
        await seen
        assert await stones(ben) == 5 and await stones(ana) == 8
        again = await ana.post("api/admin/rollback", player="Ben", minutes=5, do=True)
        assert again["tiles"] == 0, "what was taken back is not taken back twice"


@pytest.mark.parametrize("path", ["api/admin/rollback", "api/me/rollback"])
async def test_what_is_done_is_what_was_counted_and_nothing_that_came_after(
    tmp_path: Path, path: str
) -> None:
    async with village(tmp_path, claimed=5) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        await ana.ask("allow", house.people["Ben"], True)
        await ben.ask("place", X + 2, Y, 0)
        counted = await ana.post(path, player="Ben", minutes=5)
        await ben.ask("place", X + 2, Y + 1, 0)
        span = {"since": counted["since"], "until": counted["until"]}
        assert span["until"] - span["since"] == 5 * 60_000
        assert (await ana.post(path, player="Ben", **span, do=True))["tiles"] == counted["tiles"] == 1
        assert (await ana.post(path, player="Ben", minutes=5))["tiles"] == 1, "the later one stands"


async def test_an_area_a_time_and_a_driver_narrow_it(tmp_path: Path) -> None:
    logged = (("Ben", X - 2, Y + 2, 90, False), ("Ana", X - 3, Y, 90, True), ("Ben", X - 2, Y, 1, True))
    async with (
        village(tmp_path, *logged) as house,
        house.player("Ana") as ana,
        house.player("Ben") as ben,
    ):
        await ben.ask("place", X + 2, Y, 0)
        await ben.ask("place", X + 2, Y + 2, 0)

        async def count(minutes: int = 5, **wanted: object) -> int:
            return int((await ana.post("api/admin/rollback", minutes=minutes, **wanted))["tiles"])

        assert await count() == 3
        assert (await count(x=X + 2, y=Y, radius=1), await count(x=X - 2, y=Y, radius=2)) == (1, 1)
        assert await count(player="Ana") == 0
        assert (await count(agent=True), await count(agent=False)) == (1, 2)
        assert (await count(60), await count(120)) == (3, 5), "what is older than asked for is not meant"
        assert (await count(120, agent=True), await count(120, agent=False)) == (2, 3)
        assert [await count(120, agent=True, player=name) for name in ("Ben", "Ana")] == [1, 1]
        assert await count(120, agent=False, x=X - 2, y=Y, radius=2) == 1


async def test_what_stood_on_a_sign_is_there_again_also_on_one_that_was_dug(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / FILE)) as look:
            await ana.ask("place", X, Y + 1, 1)
            await ana.ask("write", X, Y + 1, "Ana's field")
            await ben.ask("write", X, Y + 1, "Ben was here")
            await ben.ask("write", X, Y + 1, "and again")
            counted = await ana.post("api/admin/rollback", player="Ben", minutes=5)
            assert (counted["tiles"], counted["newest"][0]["after"]) == (1, "sign")
            restored = ben.expect("sign")
            assert (await ana.post("api/admin/rollback", player="Ben", minutes=5, do=True))["tiles"] == 1
            assert await restored == {"x": X, "y": Y + 1, "text": "Ana's field", "by": "Ana"}
            assert look.execute("SELECT text FROM sign").fetchall() == [("Ana's field",)]

            dug = ben.expect("block", lambda block: block["block"] == AIR)
            await ben.ask("dig", X, Y + 1)
            await dug
            await ben.say("this is on disk only after the digging")
            restored = ben.expect("sign", lambda sign: sign["text"] == "Ana's field")
            assert (await ana.post("api/admin/rollback", player="Ben", minutes=5, do=True))["tiles"] == 2
            await restored
            assert look.execute("SELECT text FROM sign").fetchall() == [("Ana's field",)]
            assert (await ana.post("api/admin/rollback", player="Ben", minutes=5))["tiles"] == 0

            await ben.ask("write", X, Y + 1, "")
            await ana.ask("write", X, Y + 1, "Mine again")
            counted = await ana.post("api/admin/rollback", player="Ben", minutes=5)
            assert (counted["tiles"], counted["kept"]) == (0, 1), "what somebody wrote later stays"


async def test_what_somebody_did_who_deleted_their_account_while_locked_can_still_be_rolled_back(
    tmp_path: Path,
) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana:
        async with house.player("Ben") as ben:
            for dy in (0, 1, 2):
                await ben.ask("place", X + 2, Y + dy, 0)
            with contextlib.closing(sqlite3.connect(tmp_path / "data" / FILE)) as other, other:
                hashed = await PasswordHasher().hash("correct horse")
                other.execute("UPDATE player SET password = ? WHERE name = 'Ben'", (hashed,))
            await ana.post("api/admin/lock", player="Ben", locked=True)
            await ben.post("api/me/delete", password="correct horse")
        counted = await ana.post("api/admin/rollback", player="ben", minutes=5)
        assert counted["tiles"] == 3
        assert {line["player"] for line in counted["newest"]} == {"somebody"}
        seen = ana.expect("block", lambda f: f["x"] == X + 2 and f["block"] == AIR)
        done = await ana.post("api/admin/rollback", player="Ben", minutes=5, do=True)
        assert (done["tiles"], done["left"]) == (3, {})
        await seen


async def test_an_owner_rolls_back_what_a_guest_did_but_only_on_their_own_land(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        with pytest.raises(Refused, match="You have no land"):
            await ben.post("api/me/rollback", minutes=5)
        await ana.ask("claim", X, Y)
        await ana.ask("allow", house.people["Ben"], True)
        await ben.ask("place", X + 2, Y, 0)
        await ana.ask("place", X, Y + 1, 0)
        counted = await ana.post("api/me/rollback", minutes=5)
        mine = [line for line in counted["newest"] if line["player"] == "Ana"]
        assert not mine and counted["tiles"] in (0, 1), (
            "one's own is not meant, nor what lies beyond the border"
        )
        on_land = (X + 2) // 16 == X // 16
        assert counted["tiles"] == on_land
        done = await ana.post("api/me/rollback", minutes=5, player="Ben", do=True)
        assert done["tiles"] == on_land


async def test_an_owner_takes_back_only_what_lies_around_a_place_on_their_own_land(tmp_path: Path) -> None:
    west, north = X // PLOT * PLOT, Y // PLOT * PLOT
    logged = (
        ("Ben", west + 1, north + 1, 1, False),
        ("Ben", west + 12, north + 12, 1, True),
        ("Ben", west - 1, north + 1, 1, False),  # beyond the border
        ("Ben", west + 2, north + 1, 3, False),  # before the claim
    )
    async with village(tmp_path, *logged, claimed=2) as house, house.player("Ana") as ana:

        async def count(**wanted: object) -> int:
            return int((await ana.post("api/me/rollback", minutes=5, **wanted))["tiles"])

        assert (await count(), await count(agent=True), await count(agent=False)) == (2, 1, 1)
        around = {"x": west, "y": north, "radius": 3}
        assert (await count(**around), await count(**around, agent=True)) == (1, 0)
        assert await count(x=west - 30, y=north, radius=3) == 0, "none of the land lies there"
        with pytest.raises(Refused, match="x and y must be whole numbers"):
            await count(radius=3)


async def test_what_was_dug_before_a_claim_is_not_taken_out_of_a_bag_by_claiming(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        await ben.ask("place", X, Y + 1, 0)
        await ben.ask("dig", X, Y + 1)
        await ben.ask("place", X, Y + 2, 0)
        await ana.ask("claim", X, Y)
        done = await ana.post("api/me/rollback", minutes=60, player="Ben", do=True)
        assert done["tiles"] == 0
        assert await stones(ben) == 4


async def test_what_a_guest_does_after_the_clock_was_set_back_is_rolled_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = time.time_ns
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        await ana.ask("claim", X, Y)
        await ana.ask("allow", house.people["Ben"], True)
        monkeypatch.setattr(time, "time_ns", lambda: machine() - 2 * HOUR)
        await ben.ask("place", X, Y + 1, 0)
        done = await ana.post("api/me/rollback", minutes=5, do=True)
        assert done["tiles"] == 1
    monkeypatch.setattr(time, "time_ns", lambda: machine() - 3 * HOUR)  # and over a restart
    async with open_house(tmp_path, seed=SEED, commons=0) as again:
        again.people |= house.people
        async with again.player("Ana") as ana, again.player("Ben") as ben:
            await ben.ask("place", X, Y + 1, 0)
            assert (await ana.post("api/me/rollback", minutes=5, do=True))["tiles"] == 1


async def test_what_somebody_does_while_a_roll_back_is_under_way_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*given: Any) -> Any:
        found = plan(*given)
        loop.call_soon_threadsafe(planned.set)
        go_on.wait(60)
        return found

    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        await ana.ask("place", X, Y + 1, 1)
        await ana.ask("write", X, Y + 1, "Ana's field")
        await ben.ask("write", X, Y + 1, "Ben was here")
        for dy in (1, 2):
            await ben.ask("place", X + 1, Y + dy, 0)
        monkeypatch.setattr(desk, "plan", slow)
        asked = asyncio.create_task(ana.post("api/admin/rollback", player="Ben", minutes=5, do=True))
        await planned.wait()
        await ana.ask("write", X, Y + 1, "Mine again")
        await ana.ask("dig", X + 1, Y + 1)
        await ana.ask("place", X + 1, Y + 1, 0)
        go_on.set()
        done = await asked
        assert (done["tiles"], done["left"]) == (1, {CHANGED: 2})
        assert await stones(ben) == 4, "only what still is as Ben left it goes back to him"
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / FILE)) as look:
            assert look.execute("SELECT text FROM sign").fetchall() == [("Mine again",)]


async def test_who_may_not_and_what_makes_no_sense_gets_a_sentence(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ana") as ana, house.player("Ben") as ben:
        with pytest.raises(Refused, match="Only the admin may do that"):
            await ben.post("api/admin/rollback", minutes=5, do=True)
        for wanted, sentence in (
            ({}, "minutes must be whole numbers from 1"),
            ({"minutes": -1}, "minutes must be whole numbers from 1"),
            ({"minutes": 5, "player": "Nobody"}, "There is no player called 'Nobody'."),
            ({"minutes": 5, "player": ""}, "There is no player called ''."),
            ({"minutes": 5, "radius": 10**9, "x": 0, "y": 0}, "radius must be whole numbers"),
            ({"minutes": 5, "radius": 1}, "x and y must be whole numbers"),
            ({"minutes": 5, "agent": "yes"}, "agent is true"),
        ):
            with pytest.raises(Refused, match=sentence):
                await ana.post("api/admin/rollback", **wanted)


async def test_the_console_counts_and_does_it_only_when_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with village(tmp_path) as house, house.player("Ben") as ben:
        await ben.ask("place", X + 2, Y, 0)
        settings = Settings(data=tmp_path / "data")
        wanted = {"minutes": 5, "player": "Ben", "agent": None}
        assert await rollback.run(settings, wanted, yes=False) == 0
        told = capsys.readouterr().out
        assert "Tiles to be rolled back: 1; left" in told and "Nothing has been changed. Add --yes" in told
        assert await stones(ben) == 4
        assert await rollback.run(settings, wanted, yes=True) == 0
        assert "Tiles rolled back: 1." in capsys.readouterr().out
        assert await stones(ben) == 5


async def test_the_command_names_paint_as_people_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with await Database.open(tmp_path / "data") as db:
        ana = await db.write(lambda c: accounts.create(c, "Ana", "ana", "", 0, 0))
        for before, after in ((0, 1), (1, 64), (64, 0)):
            stroke = Change(X, Y, PAINT, before, after, ana.id, False, 0, 0, ago(1))
            await db.write(lambda c, stroke=stroke: changes.put(c, [stroke]))  # type: ignore[misc]
    async with open_house(tmp_path, seed=SEED):
        wanted = {"minutes": 5, "player": "Ana", "agent": None}
        assert await rollback.run(Settings(data=tmp_path / "data"), wanted, yes=False) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert told[:3] == [
        f"Ana: pale grey paint → no paint at {X}, {Y}",
        f"Ana: dark red paint → pale grey paint at {X}, {Y}",
        f"Ana: no paint → dark red paint at {X}, {Y}",
    ]


def change(before: int, after: int, player: int | None, time: int, id: int, x: int = 0) -> Change:
    return Change(x, 0, 1, before, after, player, False, 0, 0, time, id)


def test_a_tile_goes_back_to_before_the_newest_changes_that_are_meant_and_no_further() -> None:
    ben = Selection(since=10, player=2)
    mixed = [change(5, 0, 2, 30, 3), change(0, 5, 1, 20, 2), change(9, 0, 2, 15, 1)]
    (undo,) = plan({(0, 0, 1): mixed}, ben, None).undos
    assert (undo.now, undo.then, undo.changes) == (0, 5, (3,)), "what Ana built between is there again"
    whole = [change(5, 0, 2, 30, 3), change(0, 5, 2, 20, 2), change(9, 0, 2, 15, 1)]
    (undo,) = plan({(0, 0, 1): whole}, ben, None).undos
    assert (undo.then, undo.changes) == (9, (3, 2, 1))
    later = plan({(0, 0, 1): mixed[1:]}, ben, None)
    assert (later.undos, later.kept) == ((), 1), "what Ana changed later stays"


async def test_the_log_keeps_the_newest_changes_and_forgets_who_is_gone(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT", 3)
    everything = Selection(since=0)

    def write(connection: sqlite3.Connection) -> None:
        ann = accounts.create(connection, "Ann", "ann", "", 0, 1)
        for number in range(5):
            changes.put(connection, [change(0, 1, ann.id, number, 0, x=number)])
        changes.mark_undone(connection, [4], 9)
        accounts.delete(connection, ann.id)

    await db.write(write)
    found = await db.read(lambda c: c.execute("SELECT x, player FROM change ORDER BY id DESC").fetchall())
    assert found == [(4, None), (3, None), (2, None)]
    stacks = await db.read(lambda c: changes.stacks(c, everything, 10))
    assert stacks is not None and sorted(stacks) == [(2, 0, 1), (4, 0, 1)], "not what was taken back already"
    assert await db.read(lambda c: changes.stacks(c, everything, 1)) is None, "more than may be looked at"


async def test_who_changes_most_pushes_out_what_they_did_themselves_and_nothing_of_others(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT", 10)
    ann, ben, eve = [
        (await db.write(lambda c, name=name: accounts.create(c, name, name, "", 0, 1))).id
        for name in ("Ann", "Ben", "Eve")
    ]

    async def does(player: int, many: int) -> str:
        """Who did what is in the log then, the oldest first."""
        await db.write(lambda c: changes.put(c, [change(0, 1, player, 1, 0)] * many))
        rows = await db.read(lambda c: c.execute("SELECT player FROM change ORDER BY id").fetchall())
        return "".join({ann: "A", ben: "B", eve: "E", None: "-"}[number] for (number,) in rows)

    assert await does(ann, 3) == "AAA"
    for _ in range(40):
        log = await does(ben, 1)
    assert log == "AAABBBBBBB"
    assert await does(eve, 2) == "AAABBBBBEE"
    assert await does(ben, 5) == "AAAEEBBBBB", "the oldest of whoever has most go first"
    await db.write(lambda c: accounts.delete(c, ben))
    assert await does(ben, 3) == "AAAEE-----", "those who are gone count as one"
    assert await does(ann, 3) == "EE-----AAA"


async def test_what_it_takes_to_log_a_change_does_not_grow_with_the_log(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps(connection: sqlite3.Connection, many: int) -> int:
        """Of SQLite's machine, for one change more when the log is full."""
        monkeypatch.setattr(changes, "KEPT", many)
        connection.execute("DELETE FROM change")
        changes.put(connection, [change(0, 1, None, 1, 0, x) for x in range(many)])
        counted: list[int] = []
        connection.set_progress_handler(lambda: counted.append(1), 1)
        changes.put(connection, [change(0, 1, None, 1, 0)])
        connection.set_progress_handler(None, 0)
        return len(counted)

    few, more = [await db.write(lambda c, many=many: steps(c, many)) for many in (10, 1000)]
    assert more <= few + 10


async def test_of_more_changes_than_may_be_looked_at_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_CHANGES", 5)
    west, north = X // PLOT * PLOT, Y // PLOT * PLOT
    logged = (
        *(("Ben", west + 1, north + 1, 50, False),) * 3,
        *(("Ana", west + 2, north + 1, 50, False),) * 3,  # one's own are looked at, too
        *(("Ben", west + 1, north + 1, 3, False),) * 2,
        *(("Ben", west + 12, north + 1, 3, False),) * 3,
        *(("Ben", west + 1, north + 99, 1, False),) * 7,  # elsewhere
    )
    too_many = "That is more than 5 changes; choose a shorter time or a smaller area."
    async with village(tmp_path, *logged, claimed=60) as house, house.player("Ana") as ana:
        for player in (None, "Ben"):
            with pytest.raises(Refused, match=too_many):
                await ana.post("api/me/rollback", minutes=55, player=player)
            with pytest.raises(Refused, match=too_many):
                await ana.post("api/admin/rollback", minutes=55, player=player)
        assert (await ana.post("api/me/rollback", minutes=5))["tiles"] == 2
        near = {"x": west + 12, "y": north, "radius": 5}
        assert (await ana.post("api/me/rollback", minutes=55, **near))["tiles"] == 1
        assert (await ana.post("api/admin/rollback", minutes=55, player="Ana"))["tiles"] == 1
        done = await ana.post("api/me/rollback", minutes=5, do=True)
        assert done["tiles"] + done["kept"] + sum(done["left"].values()) == 2


async def test_what_a_roll_back_would_do_is_thought_out_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def noted(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return plan(*given)

    monkeypatch.setattr(desk, "plan", noted)
    async with village(tmp_path, ("Ben", X + 2, Y, 1, False)) as house, house.player("Ana") as ana:
        await ana.post("api/admin/rollback", minutes=5)
    assert threads and threading.main_thread() not in threads


async def test_an_owner_asks_only_so_often(tmp_path: Path) -> None:
    async with village(tmp_path) as house, house.player("Ben") as ben:
        for _ in range(10):
            with pytest.raises(Refused, match="You have no land"):
                await ben.post("api/me/rollback", minutes=5)
        with pytest.raises(Refused, match="Too many roll-backs at once; wait a minute"):
            await ben.post("api/me/rollback", minutes=5)
