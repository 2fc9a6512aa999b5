"""A player deletes their account: it goes from the database, from the world that runs, and from before all eyes."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from house import House, open_house

from nanoverse.bench.bot import Bot, Refused
from nanoverse.protocol import NOT_LOGGED_IN, WORLD
from nanoverse.store import leaving
from nanoverse.store.database import FILE
from nanoverse.web.visits import Visit, Visits
from nanoverse.world.constants import UNIT

PASSWORD = "correct horse"


async def newcomer(house: House, name: str) -> Bot:
    bot = Bot(house.url)
    await bot.register(name, PASSWORD)
    await bot.connect()
    return bot


def rows(house: House, query: str) -> list[Any]:
    with sqlite3.connect(f"file:{house.folder / 'data' / FILE}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


async def test_who_deletes_their_account_is_gone_for_everybody(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Bob") as house, house.player("Bob") as bob:
        ann = await newcomer(house, "Ann")
        folder = tmp_path / "adapters" / str(ann.id) / "1"
        folder.mkdir(parents=True)
        await ann.say("remember me", WORLD)
        body_gone = asyncio.create_task(bob.expect("gone", lambda m: m["id"] == ann.id))
        words_gone = asyncio.create_task(bob.expect("forgotten", lambda m: m["player"] == ann.id))
        await asyncio.sleep(0)
        await ann.post("api/me/delete", password=PASSWORD)
        await body_gone
        await words_gone
        await ann.disconnect()
        assert ann.close_code == 4001
        assert not folder.parent.exists()
        assert rows(house, "SELECT count(*) FROM player WHERE name = 'Ann'") == [(0,)]
        assert rows(house, "SELECT count(*) FROM message") == [(0,)]
        with pytest.raises(Refused, match="Log in first"):
            await ann.get("api/me")
        await bob.say("the world goes on", WORLD)
        await ann.close()


async def test_who_is_deleted_while_their_window_opens_is_told_to_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, deleted = asyncio.Event(), asyncio.Event()
    look_up = Visits.open

    async def slowly(self: Visits, player: int, number: int) -> Visit:
        visit = await look_up(self, player, number)
        known.set()
        await deleted.wait()
        return visit

    async with open_house(tmp_path, "Bob", max_clients=1) as house:
        ann = Bot(house.url)
        await ann.register("Ann", PASSWORD)
        with monkeypatch.context() as patch:
            patch.setattr(Visits, "open", slowly)
            await ann.open()
            await known.wait()
            await ann.post("api/me/delete", password=PASSWORD)
            deleted.set()
            assert ann._reader is not None
            await asyncio.wait_for(ann._reader, 60)
            assert ann.close_code == NOT_LOGGED_IN
        await ann.close()
        async with house.player("Bob"):  # and nothing of it takes a place
            pass


async def test_nobody_comes_in_whose_deletion_has_begun_and_the_next_start_ends_it(tmp_path: Path) -> None:
    """As a kill between two pieces leaves it."""
    async with open_house(tmp_path, "Bob") as house:
        ann = await newcomer(house, "Ann")
        folder = tmp_path / "adapters" / str(ann.id) / "1"
        folder.mkdir(parents=True)
        await ann.say("remember me", WORLD)
        await ann.close()
        async with house.http() as http:
            assert (await http.post("api/login", name="Ann", password=PASSWORD))[0] == 200
        with contextlib.closing(sqlite3.connect(house.folder / "data" / FILE)) as connection:
            leaving.begin(connection, ann.id)
            connection.commit()
        async with house.http() as http:
            assert (await http.post("api/login", name="Ann", password=PASSWORD))[0] == 403
            assert (await http.post("api/register", name="Ann", password=PASSWORD))[0] == 409
    async with open_house(tmp_path) as house:
        assert not folder.parent.exists()
        for table in ("player WHERE name = 'Ann'", "message", "leaving"):
            assert rows(house, f"SELECT count(*) FROM {table}") == [(0,)]
        async with house.http() as http:
            assert (await http.post("api/login", name="Ann", password=PASSWORD))[0] == 403
            assert (await http.post("api/register", name="Ann", password=PASSWORD))[0] == 200


async def test_an_account_that_is_deleted_twice_at_once_is_gone_once(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Bob") as house, house.player("Bob") as bob:
        ann = await newcomer(house, "Ann")
        told: list[str] = []
        bob.on_message = lambda name, values: told.append(name)
        await asyncio.gather(*(ann.post("api/me/delete", password=PASSWORD) for _ in range(2)))
        await bob.say("the world goes on", WORLD)
        assert told.count("gone") == told.count("forgotten") == 1
        await ann.close()


async def test_a_wrong_password_deletes_nobody(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ann = await newcomer(house, "Ann")
        with pytest.raises(Refused, match="That is not your password"):
            await ann.post("api/me/delete", password="wrong horse")
        with pytest.raises(Refused, match="Your password is needed"):
            await ann.post("api/me/delete")
        assert (await ann.get("api/me"))["name"] == "Ann"
        await ann.say("still here", WORLD)
        await ann.close()


async def test_passwords_cannot_be_tried_without_end(tmp_path: Path) -> None:
    async with open_house(tmp_path, login_per_minute=1) as house:
        ann = await newcomer(house, "Ann")
        with pytest.raises(Refused, match="not your password"):
            await ann.post("api/me/delete", password="wrong horse")
        with pytest.raises(Refused, match="Too many attempts; wait a minute"):
            await ann.post("api/me/delete", password=PASSWORD)
        await ann.close()


async def test_land_that_was_claimed_is_free_again_and_its_owner_nobodys_guest(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Bob", commons=0) as house, house.player("Bob") as bob:
        ann = await newcomer(house, "Ann")
        place = await where(ann)
        assert (await ann.ask("claim", *place))[0] == "done"
        assert (await ann.ask("allow", bob.id, True))[0] == "done"
        told = asyncio.create_task(bob.expect("land", lambda m: m["hosts"] == []))
        freed = asyncio.create_task(bob.expect("plots", lambda m: m["plots"] == []))
        await asyncio.sleep(0)
        await ann.post("api/me/delete", password=PASSWORD)
        await told
        await freed
        assert rows(house, "SELECT count(*) FROM claim") == [(0,)]
        assert rows(house, "SELECT count(*) FROM guest") == [(0,)]
        await ann.close()


async def where(bot: Bot) -> tuple[int, int]:
    """The tile where a player stands: they come anew, and are told."""
    await bot.disconnect()
    welcome = await bot.connect()
    return welcome["x"] // UNIT, welcome["y"] // UNIT
