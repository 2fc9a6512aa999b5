"""Friends between sockets: asking, saying yes or no, parting, and who cannot be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from house import House, open_house

from nanoverse.bench.bot import Refused
from nanoverse.chat import friendship
from nanoverse.chat.errors import ChatError
from nanoverse.chat.friendship import MOST_ASKED, MOST_FRIENDS
from nanoverse.store import accounts, friends
from nanoverse.store.database import Database
from nanoverse.store.friends import ASKED, ASKS, FRIEND


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "Ann", "Bob") as opened:
        yield opened


async def test_two_are_friends_once_both_wish_it_and_no_more_once_one_parts(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        await bob.ask("people")  # both have been greeted by now
        await ann.ask("people")
        told: list[Any] = []
        for asker, other, wanted, hers, his in (
            (ann, bob, True, [[bob.id, "Bob", ASKED]], [[ann.id, "Ann", ASKS]]),
            (bob, ann, True, [[bob.id, "Bob", FRIEND]], [[ann.id, "Ann", FRIEND]]),
            (ann, bob, True, [[bob.id, "Bob", FRIEND]], [[ann.id, "Ann", FRIEND]]),
            (bob, ann, False, [], []),
        ):
            for bot, knows in ((ann, hers), (bob, his)):
                told.append(bot.expect("friends", lambda fields, knows=knows: fields["friends"] == knows))
            await asker.ask("befriend", other.id, wanted)
            await told.pop()
            await told.pop()


async def test_who_asked_is_told_on_return(house: House) -> None:
    async with house.player("Ann") as ann:
        await ann.ask("befriend", house.people["Bob"], True)
    bob = house.bot("Bob")
    told = bob.expect("friends")
    await bob.connect()
    assert (await told)["friends"] == [[ann.id, "Ann", ASKS]]
    await bob.close()


async def test_who_blocks_parts_and_cannot_be_asked(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        await ann.ask("befriend", bob.id, True)
        await bob.ask("befriend", ann.id, True)
        told = bob.expect("friends", lambda fields: fields["friends"] == [])
        await ann.ask("shun", bob.id, 2)
        await told
        with pytest.raises(Refused, match="This player cannot be asked"):
            await bob.ask("befriend", ann.id, True)
        with pytest.raises(Refused, match="unblock them to be friends"):
            await ann.ask("befriend", bob.id, True)
        for nobody, why in ((ann.id, "another player than yourself"), (999, "no such player")):
            with pytest.raises(Refused, match=why):
                await ann.ask("befriend", nobody, True)


async def test_friends_and_open_requests_are_limited(db: Database) -> None:
    def write(connection: sqlite3.Connection) -> None:
        me, *others = (
            accounts.create(connection, f"P{n}", f"p{n}", "", 0, 1).id for n in range(MOST_FRIENDS + 2)
        )
        for other in others[:MOST_ASKED]:
            friendship.befriend(connection, me, other, True, 1)
        with pytest.raises(ChatError, match=f"asked {MOST_ASKED} players already"):
            friendship.befriend(connection, me, others[MOST_ASKED], True, 1)
        for other in others[:-1]:
            friends.wish(connection, other, me, 1)
            friends.wish(connection, me, other, 1)
        with pytest.raises(ChatError, match=f"{MOST_FRIENDS} friends at most"):
            friendship.befriend(connection, me, others[-1], True, 1)

    await db.write(write)
