"""A version that people dislike is taken back by itself, and by the admin."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dislikes import Tally, taken_back
from nanoverse.learning.registry import Registry
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, adapters, drafts, messages, reactions
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.reactions import Reaction

STATE = AdapterState({"peft_type": "LORA"}, {"weight": torch.zeros(2)})


OWNER = 1


def by(people: range, messages: range, like: bool = False) -> list[Reaction]:
    """Everybody's of these people on each of these messages."""
    return [Reaction(message, one, one == OWNER, like) for message in messages for one in people]


def tally(replies: int, disliked: int) -> Tally:
    """So many disliked replies, each by somebody else."""
    return Tally(replies, [Reaction(message, 10 + message, False, False) for message in range(disliked)])


def test_it_takes_five_disliked_replies_by_three_people_or_the_owner() -> None:
    before = tally(100, 2)
    assert taken_back(before, Tally(20, by(range(2, 5), range(4)))) is None
    assert taken_back(before, Tally(20, by(range(2, 4), range(5)))) is None, "two accounts"
    assert taken_back(before, Tally(20, by(range(2, 5), range(5)))) is not None
    assert taken_back(before, Tally(20, by(range(1, 2), range(5)))) is not None


def test_two_accounts_take_nothing_back_however_much_they_dislike() -> None:
    assert Tally(40, by(range(2, 4), range(40))).disliked == 4
    apart = [*by(range(2, 3), range(20)), *by(range(3, 4), range(20, 40))]
    assert taken_back(tally(0, 0), Tally(40, apart)) is None


def test_among_many_people_one_has_their_share() -> None:
    many = [Reaction(100 + i, 100 + i, False, False) for i in range(12)]
    assert Tally(60, [*by(range(2, 3), range(40)), *many]).disliked == 12 + 4


def test_what_several_dislike_counts_wherever_there_is_somebody_to_put_it_down_to() -> None:
    """Bob's two are spoken for by himself alone, so what he and Eve dislike is put down to Eve."""
    found = [*by(range(2, 4), range(2)), *by(range(2, 3), range(2, 4))]
    assert Tally(20, found).disliked == 4


def test_the_owner_settles_what_a_reply_is() -> None:
    crowd = by(range(2, 9), range(6))
    assert Tally(20, crowd).disliked == 6
    assert Tally(20, [*crowd, *by(range(1, 2), range(6), like=True)]).disliked == 0
    fans = by(range(2, 9), range(6), like=True)
    assert Tally(20, [*fans, *by(range(1, 2), range(6))]).disliked == 6


def test_it_takes_a_larger_share_than_before() -> None:
    assert taken_back(tally(100, 2), tally(40, 5)) is None, "12.5 % is not much"
    assert taken_back(tally(10, 2), tally(20, 8)) is None, "only twice as many"
    assert taken_back(tally(10, 2), tally(20, 9)) == (
        "9 of its 20 replies were disliked, 45 %, against 20 % of the version before;"
        " so the version before speaks again."
    )
    assert "nothing said before it" in str(taken_back(tally(0, 0), tally(5, 5)))


async def people(database: Database) -> tuple[int, int, int, int]:
    made = [
        await database.write(lambda c, name=name: accounts.create(c, name, name, "", 0, 1))
        for name in ("Ann", "Bob", "Eve", "Dan")
    ]
    return made[0].id, made[1].id, made[2].id, made[3].id


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
    return (await registry.publish(player, STATE, 20, 0.3, "better"))[0].id


async def live(registry: Registry, player: int) -> int:
    found = await registry.live(player)
    return found.id if found else 0


async def test_when_dislikes_jump_the_version_before_speaks_again_and_the_reason_is_kept(
    database: Database, registry: Registry
) -> None:
    ann, bob, eve, dan = await people(database)
    first, second = await version(registry, ann), await version(registry, ann)
    await says(database, ann, first, 20, ())
    await says(database, ann, second, 15, ())
    assert await registry.reconsider(ann) is None
    await says(database, ann, second, 5, (bob, eve))
    assert await registry.reconsider(ann) is None, "two accounts take nothing back"
    await database.write(lambda c: [reactions.put(c, message, dan, -1, 9) for message in range(36, 41)])
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


async def test_what_is_published_while_it_is_looked_at_is_not_taken_back_for_the_dislikes_of_another(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, *others = await people(database)
    await version(registry, ann)
    disliked = await version(registry, ann)
    await says(database, ann, disliked, 9, tuple(others))
    published: list[int] = []

    async def publish_then(call: Any, function: Any, *then: Any) -> Any:
        monkeypatch.undo()
        found = await call(function, *then)
        published.append(await version(registry, ann))
        return found

    monkeypatch.setattr(database, "read", partial(publish_then, database.read))
    monkeypatch.setattr(database, "write", partial(publish_then, database.write))
    assert await registry.reconsider(ann) is not None
    assert [await live(registry, ann)] == published
    assert [one.id for one in await database.read(lambda c: adapters.all_withdrawn(c, 9))] == [disliked]


async def test_who_reacted_how_to_what_a_version_said(database: Database, registry: Registry) -> None:
    ann, bob, eve, _ = await people(database)
    first, second = await version(registry, ann), await version(registry, ann)
    await says(database, ann, first, 1, (eve,))
    await says(database, ann, second, 2, (bob,))
    await database.write(lambda c: reactions.put(c, 2, ann, 1, 9))
    assert await database.read(lambda c: reactions.of_version(c, ann, second)) == (
        2,
        [Reaction(2, bob, False, False), Reaction(3, bob, False, False), Reaction(2, ann, True, True)],
    )


async def test_what_was_disliked_before_another_answer_was_picked_does_not_count_against_that_one(
    database: Database, registry: Registry
) -> None:
    ann, *others = await people(database)
    first = await version(registry, ann)
    await says(database, ann, first, 9, tuple(others))
    second = await version(registry, ann)

    def pick(connection: sqlite3.Connection) -> None:
        for message in range(1, 10):
            drafts.add(connection, message, "better", second, "{}", 20)
            drafts.pick(connection, drafts.of(connection, message)[-1], others[0], 20)

    await database.write(pick)
    assert await registry.reconsider(ann) is None
    await database.write(lambda c: [reactions.put(c, 1, player, -1, 21) for player in others])
    _, given = await database.read(lambda c: reactions.of_version(c, ann, second))
    assert {one.message for one in given} == {1}


async def test_likes_outweigh_dislikes_of_the_same_reply(database: Database, registry: Registry) -> None:
    ann, bob, eve, dan = await people(database)
    await version(registry, ann)
    second = await version(registry, ann)
    await says(database, ann, second, 9, (bob, eve, dan))

    async def think_again(value: int) -> None:
        await database.write(
            lambda c: [
                reactions.put(c, said, player, value, 20) for said in range(1, 10) for player in (bob, eve)
            ]
        )

    await think_again(1)
    assert await registry.reconsider(ann) is None
    await think_again(-1)
    assert await registry.reconsider(ann) is not None


async def test_what_its_player_chose_stays_and_what_was_taken_back_may_be_chosen(
    database: Database, registry: Registry
) -> None:
    ann, *others = await people(database)
    first, second = await version(registry, ann), await version(registry, ann)
    await registry.choose(ann, first)
    await says(database, ann, first, 9, tuple(others))
    assert await registry.reconsider(ann) is None
    assert await registry.withdraw(ann, "The admin took it back.") is None, "there is none before the first"
    assert await live(registry, ann) == 0
    await registry.choose(ann, first)
    assert await live(registry, ann) == first
    assert await database.read(lambda c: adapters.all_withdrawn(c, 9)) == []
    assert await database.read(lambda c: adapters.chosen(c, ann)), "for the second is newer"
    await registry.choose(ann, second)
    assert not await database.read(lambda c: adapters.chosen(c, ann))


async def test_after_a_change_of_the_base_model_the_bare_one_speaks_instead_of_a_version_for_the_old_one(
    database: Database, registry: Registry
) -> None:
    ann, *others = await people(database)
    old = await version(replace(registry, base="gemma3-old"), ann)
    await says(database, ann, old, 9, tuple(others))
    assert await registry.reconsider(ann) is None, "it does not speak"
    new = await version(registry, ann)
    await says(database, ann, new, 9, tuple(others))
    reason = await registry.reconsider(ann)
    assert reason is not None and "nothing said before it" in reason
    assert await live(registry, ann) == 0
    with pytest.raises(StoreError, match="made for another model"):
        await registry.choose(ann, old)
    assert await registry.follow_newest(ann) is None
    assert await live(registry, ann) == 0


async def test_where_nothing_is_live_nothing_can_be_taken_back(
    database: Database, registry: Registry
) -> None:
    ann, *_ = await people(database)
    with pytest.raises(StoreError, match="none can be taken back"):
        await registry.withdraw(ann, "because")
