"""When agents speak, to whom, and when they let it be. Every number of the manners is reached."""

from __future__ import annotations

import pytest

from nanoverse.agents import manners
from nanoverse.agents.manners import (
    FOLLOW_UP,
    GREET_SPAN,
    JOIN_CHANCE,
    JOIN_PAUSE,
    LINES_PER_MINUTE,
    PAIR_LINES,
    PAIR_SPAN,
    WAKING_SPAN,
    WELCOME_SPAN,
    Budget,
    Heard,
    Manners,
    names,
)
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store.conducts import ACT, DRAFT, REPLY, WATCH

AGENT, PERSON, OTHER = 1, 2, 3
LUCKY, UNLUCKY = JOIN_CHANCE - 0.01, JOIN_CHANCE


def heard(
    channel: int = NEARBY,
    speaker: int = PERSON,
    by_agent: bool = False,
    named: bool = False,
    alone: bool = False,
    elsewhere: bool = False,
) -> Heard:
    return Heard(channel, speaker, by_agent, named, alone, elsewhere)


@pytest.mark.parametrize(
    "text, name, said",
    [
        ("hello Mira!", "Mira", True),
        ("MIRA?", "Mira", True),
        ("mira's house", "Mira", True),
        ("Miranda is here", "Mira", False),
        ("a_b-c", "b-c", False),
        ("well, b-c it is", "b-c", True),
        ("привет, Мира", "мира", True),
        ("a.c", "a_c", False),
        ("Mirabel and Mira", "Mira", True),
        ("Mira_", "Mira", False),
        ("Mira-Lou, come here", "Mira", False),
        ("Mira-Lou, come here", "Lou", False),
        ("Mira-Lou, come here", "mira-lou", True),
        ("Mira - come here", "Mira", True),
        ("Mira-", "Mira", True),
        ("STRASSE, hallo", "straße", True),
        ("", "Mira", False),
    ],
)
def test_a_name_is_said_as_a_word_of_its_own(text: str, name: str, said: bool) -> None:
    assert names(text, name) is said


def test_private_words_and_ones_name_are_answered_whatever_the_dice_say() -> None:
    for what in (heard(PRIVATE), heard(NEARBY, named=True), heard(WORLD, named=True)):
        assert Manners().answers(AGENT, what, 0, 0.999)


def test_the_worlds_talk_is_left_to_those_who_are_named() -> None:
    assert not Manners().answers(AGENT, heard(WORLD), 0, 0)


def test_nearby_talk_is_joined_by_chance() -> None:
    assert Manners().answers(AGENT, heard(), 0, LUCKY)
    assert not Manners().answers(AGENT, heard(), 0, UNLUCKY)


def test_who_joined_holds_back_for_a_while() -> None:
    agent = Manners()
    agent.spoke(AGENT, OTHER, False, 0)
    assert not agent.answers(AGENT, heard(), JOIN_PAUSE - 0.1, LUCKY)
    assert agent.answers(AGENT, heard(), JOIN_PAUSE, LUCKY)


def test_whom_an_agent_spoke_to_is_answered_for_a_while() -> None:
    agent = Manners()
    agent.spoke(AGENT, PERSON, False, 0)
    assert agent.answers(AGENT, heard(), FOLLOW_UP - 0.1, UNLUCKY)
    assert not agent.answers(AGENT, heard(speaker=OTHER), FOLLOW_UP - 0.1, UNLUCKY)
    assert not agent.answers(AGENT, heard(), FOLLOW_UP, UNLUCKY)


def test_what_is_plainly_said_to_somebody_else_is_left_to_them() -> None:
    agent = Manners()
    agent.spoke(AGENT, PERSON, False, 0)
    assert not agent.answers(AGENT, heard(elsewhere=True), FOLLOW_UP - 0.1, 0)
    assert not agent.answers(AGENT, heard(elsewhere=True), JOIN_PAUSE, 0)
    assert agent.answers(AGENT, heard(PRIVATE, elsewhere=True), 1, UNLUCKY)


def test_who_is_alone_with_a_person_answers_and_with_an_agent_only_by_chance() -> None:
    assert Manners().answers(AGENT, heard(alone=True), 0, 0.999)
    assert not Manners().answers(AGENT, heard(alone=True, by_agent=True), 0, UNLUCKY)
    assert Manners().answers(AGENT, heard(alone=True, by_agent=True), 0, LUCKY)


def test_an_agent_says_only_so_many_lines_in_a_minute() -> None:
    agent = Manners()
    for line in range(LINES_PER_MINUTE):
        assert agent.answers(AGENT, heard(PRIVATE), line, 0)
        agent.spoke(AGENT, PERSON, False, line)
    assert not agent.answers(AGENT, heard(PRIVATE, OTHER), 59.9, 0)
    assert not agent.greets(AGENT, OTHER, 59.9)
    assert agent.answers(AGENT, heard(PRIVATE, OTHER), 60, 0)
    assert agent.answers(OTHER, heard(PRIVATE), 59.9, 0)  # others have their own


def test_two_agents_do_not_talk_to_each_other_endlessly() -> None:
    both, lines, now = Manners(), 0, 0.0
    speaker, listener = 1, 2
    while both.answers(listener, heard(PRIVATE, speaker, by_agent=True, named=True), now, 0):
        both.spoke(listener, speaker, True, now)
        speaker, listener = listener, speaker
        lines, now = lines + 1, now + 1
    assert lines == PAIR_LINES
    assert both.answers(listener, heard(PRIVATE, PERSON + 10), now, 0)  # people are still answered
    assert both.answers(3, heard(PRIVATE, speaker, by_agent=True), now, 0)
    assert both.answers(listener, heard(PRIVATE, speaker, by_agent=True), PAIR_SPAN, 0)


def test_somebody_is_greeted_once_in_a_while() -> None:
    agent = Manners()
    assert [agent.greets(AGENT, PERSON, now) for now in (0, 1, GREET_SPAN - 0.1, GREET_SPAN)] == [
        True,
        False,
        False,
        True,
    ]
    assert agent.greets(AGENT, OTHER, 1)


def test_waking_up_is_said_once_in_a_while() -> None:
    agent = Manners()
    assert [agent.says_waking(AGENT, PERSON, now) for now in (0, WAKING_SPAN - 0.1, WAKING_SPAN)] == [
        True,
        False,
        True,
    ]
    assert agent.says_waking(AGENT, OTHER, 1)


def test_what_is_long_over_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server runs for months, and every agent meets every player."""
    monkeypatch.setattr(manners, "_TIDY", 10)
    budget = Budget(2, 5.0)
    for now in range(1000):
        assert budget.take(now, now)
    assert len(budget) <= 11
    assert budget.take("late", 1000) and budget.take("late", 1001) and not budget.take("late", 1004.9)
    assert budget.take("late", 1005)


def test_what_is_not_over_is_kept_however_much_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manners, "_TIDY", 10)
    budget = Budget(1, 1000.0)
    assert all(budget.take(key, 0) for key in range(100))
    assert not any(budget.take(key, 1) for key in range(100))


@pytest.mark.parametrize(
    "heard", [Heard(PRIVATE, 2, False, False, False), Heard(NEARBY, 2, False, True, False)]
)
def test_an_agent_that_only_watches_answers_nothing(heard: Heard) -> None:
    assert not Manners().answers(1, heard, 0, 0.0, WATCH)
    assert Manners().answers(1, heard, 0, 0.0, DRAFT) and Manners().answers(1, heard, 0, 0.0, REPLY)


def test_who_walks_through_a_crowd_of_agents_is_not_greeted_at_every_step() -> None:
    manners = Manners()
    assert manners.greets(1, PERSON, 0)
    assert not any(manners.greets(agent, PERSON, WELCOME_SPAN - 0.1) for agent in range(2, 20))
    assert manners.greets(2, PERSON, WELCOME_SPAN) and not manners.greets(3, PERSON, WELCOME_SPAN)


def test_only_an_agent_that_may_act_joins_in_and_greets() -> None:
    overheard = Heard(NEARBY, 2, False, False, False)
    for level, speaks in ((WATCH, False), (DRAFT, False), (REPLY, False), (ACT, True)):
        assert Manners().answers(1, overheard, 0, 0.0, level) == speaks
        assert Manners().greets(1, 2, 0, level) == speaks
