"""A version that people dislike is taken back by itself, and by the admin."""

from __future__ import annotations

import sqlite3

import pytest
import torch

from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dislikes import Tally, taken_back
from nanoverse.learning.registry import Registry
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, adapters, messages, reactions
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError

STATE = AdapterState({"peft_type": "LORA"}, {"weight": torch.zeros(2)})


def test_it_takes_several_disliked_replies_by_several_people_or_the_owner() -> None:
    before = Tally(100, 2, 2, False)
    assert taken_back(before, Tally(20, 4, 4, False)) is None
    assert taken_back(before, Tally(20, 5, 1, False)) is None
    assert taken_back(before, Tally(20, 5, 2, False)) is not None
    assert taken_back(before, Tally(20, 5, 1, True)) is not None


def test_it_takes_a_larger_share_than_before() -> None:
    assert taken_back(Tally(100, 2, 2, False), Tally(40, 5, 5, False)) is None, "12.5 % is not much"
    assert taken_back(Tally(10, 2, 2, False), Tally(20, 8, 5, False)) is None, "only twice as many"
    assert taken_back(Tally(10, 2, 2, False), Tally(20, 9, 5, False)) == (
        "9 of its 20 replies were disliked, 45 %, against 20 % of the version before;"
        " so the version before speaks again."
    )
    assert "nothing said before it" in str(taken_back(Tally(0, 0, 0, False), Tally(5, 5, 5, False)))


async def people(database: Database) -> tuple[int, int, int]:
    made = [
        await database.write(lambda c, name=name: accounts.create(c, name, name, "", 0, 1))
        for name in ("Ann", "Bob", "Eve")
    ]
    return made[0].id, made[1].id, made[2].id


async def says(
    database: Database, player: int, version: int, count: int, disliked_by: tuple[int, ...]
) -> None:
    def write(connection: sqlite3.Connection) -> None:
        for i in range(count):
            said = messages.insert(connection, WORLD, player, f"{i}", i, by_agent=True, version=version).id
            for voter in disliked_by:
                reactions.put(connection, said, voter, -1, i)

    await database.write(write)


async def version(registry: Registry, player: int) -> int:
    return (await registry.publish(player, STATE, "base", 20, 0.3, "better"))[0].id


async def live(registry: Registry, player: int) -> int:
    found = await registry.live(player)
    return found.id if found else 0


async def test_when_dislikes_jump_the_version_before_speaks_again_and_the_reason_is_kept(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    first, second = await version(registry, ann), await version(registry, ann)
    await says(database, ann, first, 20, ())
    await says(database, ann, second, 15, ())
    assert await registry.reconsider(ann) is None
    await says(database, ann, second, 5, (bob, eve))
    reason = await registry.reconsider(ann)
    assert reason is not None and reason.startswith("5 of its 20 replies were disliked")
    assert await live(registry, ann) == first
    (withdrawn,) = await database.read(lambda c: adapters.all_withdrawn(c, 9))
    assert (withdrawn.id, withdrawn.withdrawn) == (second, reason)
    assert await registry.reconsider(ann) is None
    newest = await registry.follow_newest(ann)
    assert newest is not None and newest.id == first, "what was taken back is no longer the newest"
    third = await version(registry, ann)
    assert await live(registry, ann) == third


async def test_likes_outweigh_dislikes_of_the_same_reply(database: Database, registry: Registry) -> None:
    ann, bob, eve = await people(database)
    await version(registry, ann)
    second = await version(registry, ann)
    await says(database, ann, second, 9, (bob,))
    await database.write(lambda c: [reactions.put(c, message, eve, 1, 1) for message in range(1, 10)])
    assert await registry.reconsider(ann) is None


async def test_what_its_player_chose_stays_and_what_was_taken_back_may_be_chosen(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve = await people(database)
    first, second = await version(registry, ann), await version(registry, ann)
    await registry.choose(ann, first)
    await says(database, ann, first, 9, (bob, eve))
    assert await registry.reconsider(ann) is None
    assert await registry.withdraw(ann, "The admin took it back.") is None, "there is none before the first"
    assert await live(registry, ann) == 0
    await registry.choose(ann, first)
    assert await live(registry, ann) == first
    assert await database.read(lambda c: adapters.all_withdrawn(c, 9)) == []
    assert await database.read(lambda c: adapters.chosen(c, ann)), "for the second is newer"
    await registry.choose(ann, second)
    assert not await database.read(lambda c: adapters.chosen(c, ann))


async def test_where_nothing_is_live_nothing_can_be_taken_back(
    database: Database, registry: Registry
) -> None:
    ann, *_ = await people(database)
    with pytest.raises(StoreError, match="none can be taken back"):
        await registry.withdraw(ann, "because")
