"""What a night's order goes by: what is new since a player's turn, who was left, what their version brings."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import (
    accounts,
    adapters,
    conducts,
    consents,
    drafts,
    forgotten,
    imports,
    messages,
    nights,
    reactions,
    shuns,
    turns,
)
from nanoverse.store.conducts import Conduct
from nanoverse.store.nights import LOCKED, UNWISHED, NightResult
from nanoverse.store.turns import Need

Join = Callable[[str], int]
HELD = 5000  # when the night began that everybody's newest turn was in
AFTER = 6000
BASE = "base"


def night(
    connection: sqlite3.Connection, started: int, *players: int, due: str = "a time", reason: str = ""
) -> int:
    """A night that had these players' turns; it is not finished."""
    number = nights.start(connection, due, started)
    for player in players:
        nights.record(connection, NightResult(number, player, "skipped", reason, None, 1.0))
    return number


def need(connection: sqlite3.Connection, player: int, night: int = 99) -> Need:
    (found,) = [one for one in turns.needs(connection, night, BASE) if one.player == player]
    return found


def agents_words(connection: sqlite3.Connection, player: int, now: int, partner: int | None = None) -> int:
    channel = WORLD if partner is None else PRIVATE
    said = messages.insert(connection, channel, player, "hm", now, recipient=partner, by_agent=True).id
    drafts.add(connection, said, "hm", 0, "{}", now)
    return said


def test_a_version_that_waits_for_its_player_is_none_that_speaks(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    waiting = adapters.add(connection, ann, BASE, 0, 0.0, "", 7)
    adapters.offer(connection, ann, waiting.id, 8, waits=True)
    assert need(connection, ann).made is None
    adapters.choose(connection, ann, waiting.id, BASE, 9)
    assert need(connection, ann).made == 7


def test_a_version_for_another_base_model_speaks_for_nobody(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    for base, gain in ((BASE, 0.5), ("another", 0.9)):
        version = adapters.add(connection, ann, base, 30, gain, "", 7)
        adapters.offer(connection, ann, version.id, 8)
    assert need(connection, ann).gain == 0.5


Step = Callable[[sqlite3.Connection, int, int], object]
NEW: dict[str, Step] = {
    "words": lambda c, ann, bob: messages.insert(c, WORLD, ann, "hello", AFTER),
    "imported": lambda c, ann, bob: imports.add(c, ann, [("hello", 1)], 10, AFTER),
    "rewrite": lambda c, ann, bob: drafts.correct(c, agents_words(c, ann, 1), ann, "well", AFTER),
    "pick": lambda c, ann, bob: drafts.pick(c, drafts.of(c, agents_words(c, ann, 1))[0], bob, AFTER),
    "vote": lambda c, ann, bob: reactions.put(c, agents_words(c, ann, 1), bob, 1, AFTER),
    "forgotten": lambda c, ann, bob: forgotten.mark(c, [ann], forgotten.Since(1)),
}
OLD: dict[str, Step] = {
    "nothing": lambda c, ann, bob: None,
    "older words": lambda c, ann, bob: messages.insert(c, WORLD, ann, "hello", HELD - 1),
    "older vote": lambda c, ann, bob: reactions.put(c, agents_words(c, ann, 1), bob, 1, HELD - 1),
    "agent's words": lambda c, ann, bob: agents_words(c, ann, AFTER),
    "private words": lambda c, ann, bob: messages.insert(c, PRIVATE, ann, "psst", AFTER, recipient=bob),
    "vote on private words": lambda c, ann, bob: reactions.put(
        c, agents_words(c, ann, 1, bob), bob, 1, AFTER
    ),
    "vote on human words": lambda c, ann, bob: reactions.put(
        c, messages.insert(c, WORLD, ann, "hi", 1).id, bob, 1, AFTER
    ),
    "vote of one's own": lambda c, ann, bob: reactions.put(c, agents_words(c, bob, 1), ann, 1, AFTER),
}


@pytest.mark.parametrize("what", [*NEW, *OLD])
def test_new_is_what_can_be_learnt_or_must_be_forgotten_since_the_players_turn(
    connection: sqlite3.Connection, join: Join, what: str
) -> None:
    ann, bob = join("Ann"), join("Bob")
    nights.finish(connection, night(connection, HELD, ann, bob), AFTER)
    (NEW | OLD)[what](connection, ann, bob)
    assert need(connection, ann).fresh is (what in NEW)


def test_private_words_are_new_once_both_sides_let_them_be_learnt_from(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    night(connection, HELD, ann)
    messages.insert(connection, PRIVATE, ann, "psst", AFTER, recipient=bob)
    for one, other in ((ann, bob), (bob, ann)):
        assert not need(connection, ann).fresh
        consents.put(connection, one, other, True, AFTER)
    assert need(connection, ann).fresh


Stops = Callable[[sqlite3.Connection, int], object]
PAUSES: dict[str, tuple[Stops, Stops]] = {
    UNWISHED: (
        lambda c, ann: conducts.put(c, ann, Conduct(learns=False)),
        lambda c, ann: conducts.put(c, ann, Conduct()),
    ),
    LOCKED: (lambda c, ann: accounts.lock(c, ann, ""), accounts.unlock),
}


@pytest.mark.parametrize("reason", PAUSES)
def test_what_was_said_before_turns_that_looked_at_nothing_is_new_once_there_are_lessons_again(
    connection: sqlite3.Connection, join: Join, reason: str
) -> None:
    ann = join("Ann")
    stop, go_on = PAUSES[reason]
    night(connection, HELD, ann)
    stop(connection, ann)
    messages.insert(connection, WORLD, ann, "hello", HELD + 1)
    passed = night(connection, AFTER, ann, reason=reason)
    assert need(connection, ann) == Need(ann, False, False, passed, None, None)
    go_on(connection, ann)
    assert need(connection, ann) == Need(ann, True, False, passed, None, None)
    night(connection, AFTER + 1, ann)
    assert not need(connection, ann).fresh


@pytest.mark.parametrize("reason", PAUSES)
def test_whoever_has_no_lessons_has_still_something_new_if_it_is_to_be_forgotten(
    connection: sqlite3.Connection, join: Join, reason: str
) -> None:
    ann = join("Ann")
    PAUSES[reason][0](connection, ann)
    forgotten.mark(connection, [ann], forgotten.Since(1))
    assert need(connection, ann).fresh


@pytest.mark.parametrize("what", ["pick", "vote"])
def test_what_whoever_a_player_shuns_thinks_of_their_agent_is_nothing_new(
    connection: sqlite3.Connection, join: Join, what: str
) -> None:
    ann, bob = join("Ann"), join("Bob")
    night(connection, HELD, ann)
    NEW[what](connection, ann, bob)
    for blocked in (False, True):
        shuns.put(connection, ann, bob, blocked, AFTER)
        assert not need(connection, ann).fresh
    shuns.remove(connection, ann, bob)
    shuns.put(connection, bob, ann, True, AFTER)
    assert need(connection, ann).fresh, "it is she who would not learn from him"


def test_in_private_the_votes_of_somebody_muted_count_and_not_those_of_somebody_blocked(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    night(connection, HELD, ann)
    for one, other in ((ann, bob), (bob, ann)):
        consents.put(connection, one, other, True, 1)
    reactions.put(connection, agents_words(connection, ann, 1, bob), bob, 1, AFTER)
    for blocked in (False, True):
        shuns.put(connection, ann, bob, blocked, AFTER)
        assert need(connection, ann).fresh is not blocked


def test_whoever_never_had_a_turn_has_something_new_if_they_ever_said_anything(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    messages.insert(connection, WORLD, ann, "hello", 1)
    assert [(one.player, one.fresh, one.had) for one in turns.needs(connection, 1, BASE)] == [
        (ann, True, 0),
        (bob, False, 0),
    ]


def test_left_is_whom_an_earlier_night_of_the_clock_did_not_get_to_and_no_later_one_either(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    nights.finish(connection, night(connection, 4000, ann, bob), 4100)
    night(connection, 4500, ann, due="")  # by hand, and cut off
    assert [one.left for one in turns.needs(connection, 99, BASE)] == [False, False]
    short = night(connection, HELD, ann)
    assert [(one.left, one.had) for one in turns.needs(connection, 99, BASE)] == [(False, short), (True, 1)]
    assert not need(connection, bob, night=short).left, "the night that goes on has not left them yet"
    night(connection, AFTER, bob, due="")
    assert not need(connection, bob).left


def test_who_came_after_a_night_was_not_left_by_it(connection: sqlite3.Connection, join: Join) -> None:
    night(connection, 999)
    assert not need(connection, join("Ann")).left


def test_the_version_that_counts_is_the_newest_that_may_speak(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    assert (need(connection, ann).gain, need(connection, ann).made) == (None, None)
    for i, gain in enumerate([0.1, 0.2, 0.3, 0.4], start=1):
        adapters.add(connection, ann, BASE, 16, gain, "", 100 * i)
    for version in (1, 2, 3):  # 4 is half written
        adapters.offer(connection, ann, version, 1000)
    adapters.withdraw(connection, ann, BASE, "disliked", 1001)
    assert (need(connection, ann).gain, need(connection, ann).made) == (0.2, 200)
    assert len(turns.needs(connection, 1, BASE)) == 1
