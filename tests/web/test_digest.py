"""The digest over real HTTP: what is new, what was read last, and who may see it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import House, open_house

from nanoverse.bench.bot import Refused
from nanoverse.protocol import WORLD
from nanoverse.store import deeds, messages
from nanoverse.store.database import FILE
from nanoverse.store.deeds import Deed


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "Ann", "Bob") as opened:
        yield opened


def ann_was_away(house: House) -> int:
    connection = sqlite3.connect(house.folder / "data" / FILE, isolation_level=None)
    ann, now = house.people["Ann"], 1
    said = messages.insert(connection, WORLD, ann, "north", now, by_agent=True)
    deeds.add(connection, [Deed(ann, now, "gathered", "wood", 12, 40, -9, now)])
    connection.close()
    return said.id


async def test_the_digest_is_there_until_it_is_closed_and_then_once_more(house: House) -> None:
    ann_was_away(house)
    async with house.player("Ann") as ann:
        digest = await ann.get("api/me/digest")
        assert [said["text"] for said in digest["said"]] == ["north"]
        assert [(deed["count"], deed["x"], deed["y"]) for deed in digest["deeds"]] == [(12, 40, -9)]
        assert digest["deeds"][0]["place"]
        await ann.post("api/me/digest/read", message=digest["message"], time=digest["time"])
        after = await ann.get("api/me/digest")
        assert (after["said"], after["deeds"], after["read_before"]) == ([], [], True)
        assert (await ann.get("api/me/digest/last"))["said"] == digest["said"]


async def test_a_digest_is_closed_also_if_the_clock_was_set_back_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann_was_away(house)
    machine = time.time_ns
    async with house.player("Ann") as ann:
        digest = await ann.get("api/me/digest")
        monkeypatch.setattr(time, "time_ns", lambda: machine() - 3600 * 10**9)
        await ann.post("api/me/digest/read", message=digest["message"], time=digest["time"])
        assert (await ann.get("api/me/digest"))["deeds"] == []


async def test_nobody_reads_anothers_digest(house: House) -> None:
    ann_was_away(house)
    async with house.player("Bob") as bob, house.http() as stranger:
        assert (await bob.get("api/me/digest"))["said"] == []
        for path in ("api/me/digest", "api/me/digest/last"):
            assert (await stranger.get(path))[0] == 401
        assert (await stranger.post("api/me/digest/read", message=1, time=1))[0] == 401


async def test_who_has_not_been_away_has_none_to_read_again(house: House) -> None:
    async with house.player("Ann") as ann:
        assert (await ann.get("api/me/digest"))["read_before"] is False
        with pytest.raises(Refused, match="You have not been away yet"):
            await ann.get("api/me/digest/last")


@pytest.mark.parametrize("mark", [{}, {"message": True, "time": 1}, {"message": 1, "time": 2**52}])
async def test_a_digest_is_closed_only_with_its_own_mark(house: House, mark: dict[str, object]) -> None:
    async with house.player("Ann") as ann:
        with pytest.raises(Refused, match="closed with the message and time"):
            await ann.post("api/me/digest/read", **mark)


async def test_the_owner_takes_back_what_the_agent_said_and_nobody_else_may(house: House) -> None:
    said = ann_was_away(house)
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        own = await ann.say("my own words")
        for bot, message in ((bob, said), (ann, own), (ann, 10**6)):
            with pytest.raises(Refused, match="Only what your own agent said can be taken back"):
                await bot.ask("take_back", message)
        told = bob.expect("taken_back")
        await ann.ask("take_back", said)
        assert (await told)["message"] == said
        _, page = await bob.ask("history", WORLD, 0, 0)
        assert [record[5] for record in page["messages"]] == ["my own words"]
