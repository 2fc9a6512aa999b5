"""The digest holds what was stored of the agent's life, all of it once, and nothing that did not happen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import changes, deeds, digests, drafts, forgetting, messages, unread
from nanoverse.store.changes import Change
from nanoverse.store.deeds import Deed
from nanoverse.store.digests import Digest, Talk
from nanoverse.world.blocks import AIR, by_name

Join = Callable[[str], int]
NOW = 10_000


@pytest.fixture
def people(join: Join) -> tuple[int, int, int]:
    return join("Ann"), join("Bob"), join("Eve")


People = tuple[int, int, int]


def lines(digest: Digest | None) -> list[str]:
    assert digest is not None
    return [said.message.text for said in digest.said]


def test_it_tells_what_the_agent_said_and_to_what_and_with_whom_it_talked(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    asked = messages.insert(connection, NEARBY, bob, "Ann, where is the ford?", 5, heard_by=[ann])
    messages.insert(connection, NEARBY, ann, "north", 6, heard_by=[bob], by_agent=True, reply_to=asked.id)
    messages.insert(connection, PRIVATE, ann, "hello Eve", 7, recipient=eve, by_agent=True)
    messages.insert(connection, PRIVATE, ann, "are you there?", 8, recipient=eve, by_agent=True)
    digest = digests.unread(connection, ann, NOW)
    assert lines(digest) == ["north", "hello Eve", "are you there?"] and digest.lines == 3
    assert [said.asked and said.asked.text for said in digest.said] == ["Ann, where is the ford?", None, None]
    assert digest.talks == (Talk(eve, "Eve", 2), Talk(bob, "Bob", 1))


def test_neither_the_players_own_words_nor_other_agents_words_are_in_it(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    messages.insert(connection, WORLD, ann, "I said this", 5)
    messages.insert(connection, WORLD, bob, "Bob's agent said this", 6, by_agent=True)
    digest = digests.unread(connection, ann, NOW)
    assert (digest.said, digest.talks, digest.deeds, digest.lines) == ((), (), (), 0)


def test_what_was_read_is_not_told_again_but_can_be_had_once_more(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, _, _ = people
    first = messages.insert(connection, WORLD, ann, "first", 5, by_agent=True)
    deeds.add(connection, [Deed(ann, 4, "gathered", "wood", 3, 1, 2, 6)])
    digests.close(connection, ann, first.id, 7)
    second = messages.insert(connection, WORLD, ann, "second", 8, by_agent=True)
    deeds.add(connection, [Deed(ann, 8, "placed", "wood", 1, 1, 2, 9)])
    new, again = digests.unread(connection, ann, NOW), digests.last_read(connection, ann)
    assert lines(new) == ["second"] and [did.deed.verb for did in new.deeds] == ["placed"]
    assert lines(again) == ["first"] and again and [did.deed.verb for did in again.deeds] == ["gathered"]
    digests.close(connection, ann, second.id, NOW)
    assert lines(digests.unread(connection, ann, NOW + 1)) == []
    assert lines(digests.last_read(connection, ann)) == ["second"]


def test_a_mark_never_moves_back_nor_beyond_what_was_said(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, _, _ = people
    messages.insert(connection, WORLD, ann, "first", 5, by_agent=True)
    digests.close(connection, ann, 10**9, 6)
    digests.close(connection, ann, 0, 5)
    digests.close(connection, ann, 0, 7)
    messages.insert(connection, WORLD, ann, "second", 8, by_agent=True)
    assert lines(digests.unread(connection, ann, NOW)) == ["second"]


def test_what_was_read_last_may_be_forgotten_and_the_next_digest_can_still_be_closed(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    said = messages.insert(connection, WORLD, bob, "never mind", 5)
    digests.close(connection, ann, said.id, 6)
    forgetting.words(connection, bob, [said.id])
    deeds.add(connection, [Deed(ann, 7, "gathered", "wood", 3, 1, 2, 8)])
    new = digests.unread(connection, ann, NOW)
    assert [did.deed.verb for did in new.deeds] == ["gathered"]
    digests.close(connection, ann, new.span.to_message, new.span.to_time)
    assert digests.unread(connection, ann, NOW + 1).deeds == ()


def test_before_anything_was_read_there_is_none_to_have_again(
    connection: sqlite3.Connection, people: People
) -> None:
    assert digests.last_read(connection, people[0]) is None


def test_of_a_long_absence_the_newest_is_told_and_the_rest_counted(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, _, _ = people
    for number in range(digests.MOST + 5):
        messages.insert(connection, WORLD, ann, f"line {number}", 5, by_agent=True)
    digest = digests.unread(connection, ann, NOW)
    assert digest.lines == digests.MOST + 5
    assert lines(digest) == [f"line {number}" for number in range(5, digests.MOST + 5)]


def test_of_very_many_deeds_the_newest_are_told_and_all_counted(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, _, _ = people
    names = [f"thing {number}" for number in range(digests.MOST + 5)]
    deeds.add(connection, [Deed(ann, 1, "made", name, 1, 1, 2, time) for time, name in enumerate(names, 1)])
    digest = digests.unread(connection, ann, NOW)
    assert digest.deed_lines == digests.MOST + 5
    assert [did.deed.what for did in digest.deeds] == names[5:]


def test_to_count_what_became_of_a_deed_nothing_else_of_a_long_absence_is_looked_at(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, _, _ = people
    stone, dirt = (by_name(name).id for name in ("stone", "dirt"))
    deed = Deed(ann, 1, "gathered", "stone", 1, 1, 2, NOW)

    def steps(others: int) -> int:
        """Of SQLite's machine, with so many changes that gave something else."""
        changes.put(connection, [Change(1, 2, 1, dirt, AIR, ann, True, dirt, 0, 5)] * others)
        counted: list[int] = []
        connection.set_progress_handler(lambda: counted.append(1), 1)
        did = digests.traced(connection, deed)
        connection.set_progress_handler(None, 0)
        assert (did.standing, did.undone) == (1, 0)
        return len(counted)

    changes.put(connection, [Change(1, 2, 1, stone, AIR, ann, True, stone, 0, 5)])
    assert steps(10) == steps(1000)


def test_what_is_taken_back_is_seen_nowhere_any_more(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, _ = people
    said = [
        messages.insert(connection, NEARBY, ann, "oops", 5, heard_by=[bob], by_agent=True),
        messages.insert(connection, WORLD, ann, "oops", 6, by_agent=True),
        messages.insert(connection, PRIVATE, ann, "oops", 7, recipient=bob, by_agent=True),
    ]
    for message in said:
        messages.take_back(connection, message.id, 8)
    for viewer, peer in ((ann, bob), (bob, ann)):
        for channel in (NEARBY, WORLD, PRIVATE):
            assert messages.history(connection, viewer, channel, peer, 0, 10) == []
        assert not any(messages.visible(connection, viewer, message.id) for message in said)
    assert lines(digests.unread(connection, ann, NOW)) == []
    assert drafts.agent_words(connection, ann, 0, 10) == []
    assert unread.counts(connection, bob) == []
