"""What a night may learn from: human words with their context, corrections and picks, and nothing private unasked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import consents, drafts, forgotten, imports, lessons, messages, reactions, shuns
from nanoverse.store.consents import Consent
from nanoverse.store.lessons import CONTEXT, Line, OwnMessage, Preference, Vote

Join = Callable[[str], int]
People = tuple[int, int, int]


@pytest.fixture
def people(join: Join) -> People:
    return join("Ann"), join("Bob"), join("Eve")


def agree(connection: sqlite3.Connection, one: int, other: int) -> None:
    consents.put(connection, one, other, True, 1)
    consents.put(connection, other, one, True, 1)


def test_own_messages_are_the_players_and_never_the_agents(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    messages.insert(connection, WORLD, ann, "mine", 1, scene='{"name":"Ann"}')
    messages.insert(connection, WORLD, ann, "the agent's", 2, by_agent=True)
    messages.insert(connection, WORLD, bob, "another's", 3)
    (own,) = lessons.own_messages(connection, ann, 10)
    assert (own.text, own.scene, own.context) == ("mine", '{"name":"Ann"}', ())


def test_the_newest_own_messages_come_oldest_first(connection: sqlite3.Connection, people: People) -> None:
    for n in range(9):
        messages.insert(connection, WORLD, people[0], str(n), n)
    assert [own.text for own in lessons.own_messages(connection, people[0], 4)] == ["5", "6", "7", "8"]


def test_what_was_said_later_is_newer_whatever_the_clock_said_and_lines_from_elsewhere_go_by_their_time(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, *_ = people
    for time in (1000, 4_000_000_000_000, 2000, 3000):
        messages.insert(connection, WORLD, ann, f"at {time}", time)
    imports.add(connection, ann, [("brought", 2500), ("long ago", 500)], 9, 1)
    in_order = ["long ago", "at 1000", "at 4000000000000", "at 2000", "brought", "at 3000"]
    assert [own.text for own in lessons.own_messages(connection, ann, 10)] == in_order
    assert [own.text for own in lessons.own_messages(connection, ann, 2)] == in_order[-2:]
    assert [text for text, _ in lessons.own_texts(connection, ann, 10)] == in_order[::-1]
    assert [text for text, _ in lessons.own_texts(connection, ann, 2)] == in_order[:-3:-1]


def test_the_context_is_what_the_player_had_seen_of_that_conversation(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    messages.insert(connection, NEARBY, bob, "hi Ann", 1, heard_by=[ann, eve])
    messages.insert(connection, NEARBY, eve, "not for Ann's ears", 2, heard_by=[bob])
    messages.insert(connection, WORLD, eve, "elsewhere", 3)
    messages.insert(connection, NEARBY, eve, "agent talk", 4, heard_by=[ann], by_agent=True)
    said = messages.insert(connection, NEARBY, ann, "hello", 5, heard_by=[bob])
    messages.insert(connection, NEARBY, bob, "later", 6, heard_by=[ann])
    assert lessons.own_messages(connection, ann, 10) == [
        OwnMessage(
            said.id,
            NEARBY,
            0,
            "hello",
            5,
            None,
            (Line("Bob", "hi Ann", False, 1), Line("Eve", "agent talk", True, 4)),
            "",
        )
    ]


@pytest.mark.parametrize("newest", ["bob", "eve"])
def test_of_what_is_to_be_forgotten_is_left_only_that_it_stood_right_before(
    connection: sqlite3.Connection, people: People, newest: str
) -> None:
    ann, bob, eve = people
    for who in (eve, bob) if newest == "bob" else (bob, eve):
        messages.insert(connection, WORLD, who, f"from {who}", 1)
    messages.insert(connection, WORLD, ann, "with cherries", 2)
    forgotten.unlearn(connection, ann, bob)
    (own,) = lessons.own_messages(connection, ann, 10)
    assert [line.speaker for line in own.context] == ["Eve"]
    assert own.after_forgotten == (newest == "bob")


def test_the_context_is_the_twelve_messages_just_before(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    for n in range(20):
        messages.insert(connection, WORLD, bob, str(n), n)
    messages.insert(connection, WORLD, ann, "ok", 20)
    (own,) = lessons.own_messages(connection, ann, 10)
    assert [line.text for line in own.context] == [str(n) for n in range(20 - CONTEXT, 20)]


def test_private_words_are_left_out_until_both_sides_consent(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    messages.insert(connection, PRIVATE, bob, "secret?", 1, recipient=ann)
    messages.insert(connection, PRIVATE, ann, "secret!", 2, recipient=bob)
    assert lessons.own_messages(connection, ann, 10) == []
    consents.put(connection, ann, bob, True, 1)
    assert lessons.own_messages(connection, ann, 10) == []
    assert consents.given(connection, ann) == [Consent(bob, "Bob", False)]
    assert not consents.mutual(connection, ann, bob)
    consents.put(connection, bob, ann, True, 1)
    assert consents.given(connection, ann) == [Consent(bob, "Bob", True)]
    (own,) = lessons.own_messages(connection, ann, 10)
    assert (own.peer, own.to) == (bob, "Bob")
    assert (own.text, own.context) == ("secret!", (Line("Bob", "secret?", False, 1),))
    assert consents.mutual(connection, bob, ann)
    consents.put(connection, ann, bob, False, 1)
    assert lessons.own_messages(connection, ann, 10) == []


def test_a_consent_to_someone_else_does_not_count(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, eve = people
    messages.insert(connection, PRIVATE, ann, "secret!", 2, recipient=bob)
    for player, peer in ((ann, bob), (bob, eve), (eve, ann), (eve, bob)):
        consents.put(connection, player, peer, True, 1)
    assert lessons.own_messages(connection, ann, 10) == []
    assert not consents.mutual(connection, ann, bob)


def test_a_correction_is_preferred_to_what_was_said(connection: sqlite3.Connection, people: People) -> None:
    ann, _, _ = people
    said = messages.insert(connection, WORLD, ann, "Good day.", 1, by_agent=True, version=4)
    drafts.add(connection, said.id, "Good day.", 4, '{"turns":[]}', 1)
    drafts.add(connection, said.id, "never shown", 4, '{"turns":[]}', 1)
    drafts.correct(connection, said.id, ann, "hiya~", 9)
    assert lessons.preferences(connection, ann, 10) == [
        Preference(said.id, '{"turns":[]}', "hiya~", ("Good day.",), True, 4, 9, ann)
    ]


def test_what_was_sent_in_a_drafts_stead_is_preferred_to_it_and_one_of_the_players_own_words(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    for text, to in (("hiya~", None), ("psst~", bob), ("Good day.", None)):
        channel = PRIVATE if to else WORLD
        said = messages.insert(connection, channel, ann, text, 7, recipient=to)
        drafts.add(connection, said.id, "Good day.", 4, '{"turns":[]}', 7)
    sent, private = (
        Preference(number, '{"turns":[]}', text, ("Good day.",), True, 4, 7, ann, sent=True)
        for number, text in ((1, "hiya~"), (2, "psst~"))
    )
    assert lessons.preferences(connection, ann, 10) == [sent], "in private it takes both consents"
    agree(connection, ann, bob)
    assert lessons.preferences(connection, ann, 10) == [sent, private]
    assert [one.text for one in lessons.own_messages(connection, ann, 10)] == ["hiya~", "psst~", "Good day."]


def test_a_pick_is_preferred_to_all_other_drafts(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, _ = people
    agree(connection, ann, bob)
    said = messages.insert(connection, PRIVATE, ann, "a", 1, recipient=bob, by_agent=True, version=4)
    for text in ("a", "b", "c", "a"):
        last = drafts.add(connection, said.id, text, 4, '{"turns":[]}', 1)
    drafts.pick(connection, drafts.of(connection, said.id)[1], bob, 9)
    drafts.correct(connection, said.id, ann, "d", 12)
    assert last.text == "a"
    assert lessons.preferences(connection, ann, 10) == [
        Preference(said.id, '{"turns":[]}', "b", ("a", "c"), False, 4, 9, bob),
        Preference(said.id, '{"turns":[]}', "d", ("b",), True, 4, 12, ann),
    ]


def test_picks_push_out_no_corrections_and_nobodys_picks_those_of_others(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people

    def asked(now: int) -> drafts.Draft:
        said = messages.insert(connection, WORLD, ann, "a", now, by_agent=True)
        drafts.add(connection, said.id, "a", 0, "{}", now)
        return drafts.add(connection, said.id, "b", 0, "{}", now)

    drafts.correct(connection, asked(1).message, ann, "mine", 1)
    drafts.pick(connection, asked(2), bob, 2)
    for now in range(3, 9):
        drafts.pick(connection, asked(now), eve, now)
    found = lessons.preferences(connection, ann, 3)
    assert [(one.by, one.time) for one in found] == [(ann, 1), (bob, 2), (eve, 7), (eve, 8)]


def test_what_changes_nothing_is_no_preference(connection: sqlite3.Connection, people: People) -> None:
    ann, bob, _ = people
    said = messages.insert(connection, WORLD, ann, "same", 1, by_agent=True)
    drafts.pick(connection, drafts.add(connection, said.id, "same", 0, "{}", 1), bob, 1)
    drafts.correct(connection, said.id, ann, "same", 2)
    assert lessons.preferences(connection, ann, 10) == []


def test_preferences_about_private_talk_need_both_consents(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    said = messages.insert(connection, PRIVATE, ann, "a", 1, recipient=bob, by_agent=True)
    drafts.add(connection, said.id, "a", 0, "{}", 1)
    drafts.correct(connection, said.id, ann, "b", 2)
    drafts.pick(connection, drafts.add(connection, said.id, "c", 0, "{}", 1), bob, 3)
    consents.put(connection, ann, bob, True, 1)
    assert lessons.preferences(connection, ann, 10) == []
    consents.put(connection, bob, ann, True, 1)
    assert len(lessons.preferences(connection, ann, 10)) == 2


TALK = st.lists(
    st.tuples(st.sampled_from([NEARBY, WORLD, PRIVATE]), st.integers(0, 2), st.integers(0, 2), st.booleans()),
    max_size=30,
)
PAIRS = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)).filter(lambda pair: pair[0] != pair[1]))


@given(talk=TALK, consenting=PAIRS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_said_no_private_word_is_learnt_without_both_consents(
    connection: sqlite3.Connection,
    people: People,
    talk: list[tuple[int, int, int, bool]],
    consenting: set[tuple[int, int]],
) -> None:
    connection.execute("BEGIN")
    for one, other in consenting:
        consents.put(connection, people[one], people[other], True, 1)
    secret = set()
    for n, (channel, sender, other, by_agent) in enumerate(talk):
        if channel == PRIVATE and sender == other:
            continue
        recipient = people[other] if channel == PRIVATE else None
        if recipient and not {(sender, other), (other, sender)} <= consenting:
            secret.add(str(n))
        messages.insert(
            connection,
            channel,
            people[sender],
            str(n),
            n,
            recipient=recipient,
            heard_by=[people[other]],
            by_agent=by_agent,
        )
    learnt = set()
    for player in people:
        for own in lessons.own_messages(connection, player, 100):
            learnt |= {own.text, *(line.text for line in own.context)}
            assert all(messages.visible(connection, player, int(number)) for number in (own.id,))
    connection.execute("ROLLBACK")
    assert not learnt & secret


def voted(connection: sqlite3.Connection, player: int, value: int, now: int, message: int) -> None:
    reactions.put(connection, message, player, value, now)


def test_votes_are_on_what_the_agent_said_one_of_each_person(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    mine = messages.insert(connection, WORLD, ann, "my own words", 1).id
    said = messages.insert(connection, WORLD, ann, "her agent's", 2, by_agent=True, version=3).id
    drafts.add(connection, said, "her agent's", 3, "{}", 2)
    for message in (mine, said):
        for voter, value, now in ((bob, 1, 5), (bob, -1, 6), (ann, 1, 7)):
            voted(connection, voter, value, now, message)
    assert lessons.votes(connection, ann, 9) == [
        Vote(said, bob, False, False, "{}", "her agent's"),
        Vote(said, ann, True, True, "{}", "her agent's"),
    ], "nothing about human words, and the newer of two votes of one person"
    voted(connection, ann, 0, 8, said)
    assert [vote.voter for vote in lessons.votes(connection, ann, 9)] == [bob]
    messages.take_back(connection, said, 9)
    assert lessons.votes(connection, ann, 9) == []


def test_votes_of_others_push_out_none_of_the_owners_and_nobodys_those_of_others(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    said = [messages.insert(connection, WORLD, ann, "a", n, by_agent=True).id for n in range(8)]
    for message in said:
        drafts.add(connection, message, "a", 0, "{}", 1)
    voted(connection, ann, 1, 1, said[0])
    voted(connection, bob, -1, 2, said[0])
    for now, message in enumerate(said, start=3):
        voted(connection, eve, -1, now, message)
    found = lessons.votes(connection, ann, 3)
    assert [(one.voter, one.message) for one in found] == [
        (ann, said[0]),
        (bob, said[0]),
        (eve, said[6]),
        (eve, said[7]),
    ]


def test_once_another_answer_is_picked_only_votes_on_that_one_count(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, eve = people
    said = messages.insert(connection, WORLD, ann, "first", 2, by_agent=True, version=3).id
    drafts.add(connection, said, "first", 3, "{}", 2)
    other = drafts.add(connection, said, "second", 3, "{}", 3)
    voted(connection, bob, -1, 4, said)
    drafts.pick(connection, other, bob, 5)
    assert lessons.votes(connection, ann, 9) == []
    voted(connection, eve, 1, 6, said)
    assert lessons.votes(connection, ann, 9) == [Vote(said, eve, False, True, "{}", "second")]


def test_votes_in_private_count_with_both_consents_only(
    connection: sqlite3.Connection, people: People
) -> None:
    ann, bob, _ = people
    said = messages.insert(connection, PRIVATE, ann, "hush", 2, recipient=bob, by_agent=True, version=3).id
    drafts.add(connection, said, "hush", 3, "{}", 2)
    voted(connection, bob, 1, 4, said)
    assert lessons.votes(connection, ann, 9) == []
    agree(connection, ann, bob)
    assert len(lessons.votes(connection, ann, 9)) == 1


@pytest.mark.parametrize("blocked", [True, False])
def test_whom_a_player_shuns_has_no_say_in_what_their_agent_learns(
    connection: sqlite3.Connection, people: People, blocked: bool
) -> None:
    ann, bob, eve = people
    agree(connection, ann, bob)
    said = {}
    for channel, partner in ((WORLD, bob), (WORLD, eve), (PRIVATE, bob)):
        to = partner if channel == PRIVATE else None
        answer = messages.insert(connection, channel, ann, "a", 1, recipient=to, by_agent=True, version=3)
        drafts.add(connection, answer.id, "a", 3, "{}", 1)
        drafts.pick(connection, drafts.add(connection, answer.id, "b", 3, "{}", 1), partner, 2)
        reactions.put(connection, answer.id, partner, -1, 3)
        said[channel, partner] = answer.id
    shuns.put(connection, ann, bob, blocked, 4)
    counted = {said[WORLD, eve]} | (set() if blocked else {said[PRIVATE, bob]})  # there a muted one is heard
    assert {one.message for one in lessons.preferences(connection, ann, 9)} == counted
    assert {one.message for one in lessons.votes(connection, ann, 9)} == counted
    assert {one.message for one in reactions.of_version(connection, ann, 3)[1]} == counted
    shuns.remove(connection, ann, bob)
    assert len(lessons.preferences(connection, ann, 9)) == len(lessons.votes(connection, ann, 9)) == 3
