"""Messages: who may see them, paging, what is unread, reactions, drafts and what the owner is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import drafts, messages, reactions, shuns, unread
from nanoverse.store.unread import Unread

Join = Callable[[str], int]


@pytest.fixture
def people(join: Join) -> tuple[int, int, int]:
    return join("Ann"), join("Bob"), join("Eve")


People = tuple[int, int, int]


def texts(connection: sqlite3.Connection, viewer: int, channel: int, peer: int = 0) -> list[str]:
    return [message.text for message in messages.history(connection, viewer, channel, peer, 0, 100)]


def test_a_nearby_message_is_seen_by_those_who_heard_it(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    said = messages.insert(connection, NEARBY, ann, "psst", 5, heard_by=[bob])
    assert messages.audience(connection, said.id) == {ann, bob}
    assert [texts(connection, who, NEARBY) for who in people] == [["psst"], ["psst"], []]
    assert messages.visible(connection, eve, said.id) is None


def test_a_hearer_who_is_gone_is_passed_over(connection: sqlite3.Connection, people: People) -> None:
    said = messages.insert(connection, NEARBY, people[0], "psst", 5, heard_by=[999])
    assert messages.audience(connection, said.id) == {people[0]}


def test_a_private_message_is_seen_by_its_two_sides(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, eve = people
    said = messages.insert(connection, PRIVATE, ann, "for Bob", 5, recipient=bob)
    messages.insert(connection, PRIVATE, bob, "for Ann", 6, recipient=ann)
    messages.insert(connection, PRIVATE, eve, "for Bob too", 7, recipient=bob)
    assert messages.audience(connection, said.id) == {ann, bob}
    assert (
        texts(connection, ann, PRIVATE, bob) == texts(connection, bob, PRIVATE, ann) == ["for Bob", "for Ann"]
    )
    assert texts(connection, eve, PRIVATE, ann) == []
    assert messages.visible(connection, eve, said.id) is None


def test_a_world_message_is_seen_by_all(connection: sqlite3.Connection, people: People) -> None:
    said = messages.insert(connection, WORLD, people[0], "hello", 5)
    assert messages.audience(connection, said.id) == set(people)
    assert [texts(connection, who, WORLD) for who in people] == [["hello"]] * 3


def test_a_message_that_does_not_exist_has_no_audience(connection: sqlite3.Connection) -> None:
    assert messages.audience(connection, 1) == frozenset()


@pytest.mark.parametrize("channel", [NEARBY, WORLD, PRIVATE])
def test_history_pages_backwards_without_gap_or_repeat(
    connection: sqlite3.Connection, people: People, channel: int
) -> None:
    ann, bob, eve = people
    for n in range(25):
        sender, other = (ann, bob) if n % 3 else (bob, ann)
        recipient = other if channel == PRIVATE else None
        messages.insert(connection, channel, sender, str(n), n, recipient=recipient, heard_by=[other])
        messages.insert(connection, (channel + 1) % 2, eve, "elsewhere", n)
    pages, before = [], 0
    while page := messages.history(connection, ann, channel, bob, before, 10):
        pages.append([message.text for message in page])
        before = page[0].id
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [int(text) for page in reversed(pages) for text in page] == list(range(25))


def test_unread_counts_what_others_said_since_the_mark(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    messages.insert(connection, WORLD, ann, "mine", 1)
    messages.insert(connection, WORLD, bob, "one", 1)
    messages.insert(connection, NEARBY, bob, "near", 1, heard_by=[ann])
    messages.insert(connection, NEARBY, bob, "far", 1, heard_by=[eve])
    last = messages.insert(connection, PRIVATE, bob, "a", 1, recipient=ann)
    messages.insert(connection, PRIVATE, bob, "b", 1, recipient=ann)
    messages.insert(connection, PRIVATE, bob, "c", 1, recipient=eve)
    messages.insert(connection, PRIVATE, eve, "d", 1, recipient=ann)
    assert unread.counts(connection, ann) == [
        Unread(NEARBY, 0, "", 1),
        Unread(WORLD, 0, "", 1),
        Unread(PRIVATE, bob, "Bob", 2),
        Unread(PRIVATE, eve, "Eve", 1),
    ]
    unread.mark(connection, ann, PRIVATE, bob, last.id)
    unread.mark(connection, ann, WORLD, 0, 2**53 - 1)
    unread.mark(connection, ann, NEARBY, 0, 2**53 - 1)
    assert unread.counts(connection, ann) == [Unread(PRIVATE, bob, "Bob", 1), Unread(PRIVATE, eve, "Eve", 1)]


def test_a_mark_never_moves_back_nor_beyond_what_was_said(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    messages.insert(connection, WORLD, bob, "one", 1)
    unread.mark(connection, ann, WORLD, 0, 2**53 - 1)
    unread.mark(connection, ann, WORLD, 0, 0)
    assert unread.counts(connection, ann) == []
    messages.insert(connection, WORLD, bob, "two", 1)
    assert unread.counts(connection, ann) == [Unread(WORLD, 0, "", 1)]


def test_what_the_world_said_before_a_player_came_counts_as_read(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    messages.insert(connection, WORLD, ann, "early", 1)
    bob = join("Bob")
    assert unread.counts(connection, bob) == []
    messages.insert(connection, WORLD, ann, "late", 1)
    assert unread.counts(connection, bob) == [Unread(WORLD, 0, "", 1)]


def test_no_more_unread_world_messages_are_counted_than_the_limit(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    connection.execute("BEGIN")  # one commit for all of them
    for _ in range(unread.MOST + 1):
        messages.insert(connection, WORLD, bob, "x", 1)
    assert unread.counts(connection, ann) == [Unread(WORLD, 0, "", unread.MOST)]


def test_each_player_has_one_reaction_and_can_take_it_back(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    said = messages.insert(connection, WORLD, ann, "hello", 1)
    for player, value in ((bob, 1), (eve, 1), (eve, -1), (ann, -1), (bob, 1)):
        reactions.put(connection, said.id, player, value, 1)
    assert reactions.counts(connection, said.id) == (1, 2)
    reactions.put(connection, said.id, ann, 0, 1)
    (seen,) = messages.history(connection, eve, WORLD, 0, 0, 10)
    assert (seen.likes, seen.dislikes, seen.mine) == (1, 1, -1)
    assert messages.history(connection, ann, WORLD, 0, 0, 10)[0].mine == 0


def answer(
    connection: sqlite3.Connection,
    channel: int,
    sender: int,
    reply_to: int,
    *heard_by: int,
    to: int | None = None,
) -> messages.Message | None:
    """An agent's message that a model wrote."""
    said = messages.insert(
        connection,
        channel,
        sender,
        "hi",
        2,
        recipient=to,
        heard_by=heard_by,
        by_agent=True,
        version=3,
        reply_to=reply_to,
    )
    drafts.add(connection, said.id, "hi", 3, "{}", 2)
    return messages.visible(connection, sender, said.id)


def test_the_partner_of_an_agents_message_is_the_human_whose_words_it_answers(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    asked = messages.insert(connection, WORLD, bob, "hey Ann", 1)
    first = answer(connection, WORLD, ann, asked.id)
    assert first is not None and (first.partner, first.reply_to, first.version) == (bob, asked.id, 3)
    near = messages.insert(connection, NEARBY, bob, "hey Ann", 1, heard_by=[ann])
    others = (
        answer(connection, PRIVATE, ann, 0, to=eve),
        answer(connection, NEARBY, ann, near.id, bob),
        answer(connection, NEARBY, ann, near.id, eve),  # Bob has walked away
        answer(connection, WORLD, bob, first.id),  # an agent answers an agent
        answer(connection, WORLD, ann, 0),
        messages.insert(connection, WORLD, ann, "I am back", 5),
        messages.insert(connection, PRIVATE, ann, "still waking up", 5, recipient=bob, by_agent=True),
    )
    assert [message and message.partner for message in others] == [eve, bob, 0, 0, 0, 0, 0]


def test_a_picked_draft_replaces_the_text_once(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, _ = people
    said = messages.insert(connection, PRIVATE, ann, "first", 1, recipient=bob, by_agent=True, version=1)
    first = drafts.add(connection, said.id, "first", 1, "{}", 1)
    second = drafts.add(connection, said.id, "second", 2, "{}", 1)
    drafts.pick(connection, second, bob, 5)
    with pytest.raises(sqlite3.IntegrityError):
        drafts.pick(connection, first, bob, 6)
    (seen,) = messages.history(connection, bob, PRIVATE, ann, 0, 10)
    assert (seen.text, seen.version, seen.picked) == ("second", 2, True)


def test_a_draft_must_have_a_prompt_that_can_be_read_again(
    connection: sqlite3.Connection, people: People
) -> None:
    said = messages.insert(connection, WORLD, people[0], "x", 1, by_agent=True)
    with pytest.raises(sqlite3.IntegrityError):
        drafts.add(connection, said.id, "x", 0, "not JSON", 1)


def test_an_owner_is_shown_what_their_agent_said_and_to_what(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    asked = messages.insert(connection, PRIVATE, bob, "where are you?", 1, recipient=ann)
    messages.insert(connection, WORLD, eve, "noise", 2, by_agent=True)
    messages.insert(connection, WORLD, ann, "my own words", 2)
    answer = messages.insert(
        connection, PRIVATE, ann, "here", 3, recipient=bob, by_agent=True, version=1, reply_to=asked.id
    )
    drafts.correct(connection, answer.id, ann, "at home", 4)
    drafts.correct(connection, answer.id, ann, "at home~", 5)
    later = messages.insert(connection, WORLD, ann, "la la", 6, by_agent=True)
    first, second = drafts.agent_words(connection, ann, 0, 10)
    assert (first.message.id, first.asked, first.prompted_by, first.correction) == (later.id, 0, "", "")
    assert (second.message.id, second.asked, second.prompted_by) == (answer.id, asked.id, "where are you?")
    assert second.correction == "at home~"
    assert [words.message.id for words in drafts.agent_words(connection, ann, later.id, 10)] == [answer.id]
    assert len(drafts.agent_words(connection, ann, 0, 1)) == 1
    assert drafts.agent_words(connection, bob, 0, 10) == []


def test_an_owner_is_not_shown_what_was_taken_back_or_whom_they_have_blocked(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    answers = {}
    for other in (bob, eve):
        asked = messages.insert(connection, WORLD, other, "where are you?", 1, by_agent=True)
        answers[other] = messages.insert(connection, WORLD, ann, "here", 2, by_agent=True, reply_to=asked.id)
        if other == bob:
            messages.take_back(connection, asked.id, 3)
    shuns.put(connection, ann, eve, True, 3)
    found = drafts.agent_words(connection, ann, 0, 10)
    assert [(words.message.id, words.prompted_by) for words in found] == [
        (answers[eve].id, ""),
        (answers[bob].id, ""),
    ]
