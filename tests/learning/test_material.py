"""Rows of the store become what the training takes: the right turns before each message, and pairs by their source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nanoverse.learning import material
from nanoverse.learning.dialogue import TALK_SPAN_S, TURNS, Scene, Turn, prompt_to_json
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example
from nanoverse.learning.votes import VOTER_LEAST
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import lessons
from nanoverse.store.lessons import Line, OwnMessage

NOW = 10_000_000


def turns(*context: Line, channel: int = NEARBY) -> tuple[Turn, ...]:
    (said,) = material.said("Ann", [OwnMessage(1, channel, 0, "hello", NOW, None, context, "")])
    return said.turns


def test_the_turns_are_what_others_said_not_what_the_player_or_their_agent_did() -> None:
    found = turns(
        Line("Bob", "hi", False, NOW - 4),
        Line("Ann", "my own words", False, NOW - 3),
        Line("Ann", "my agent's words", True, NOW - 2),
        Line("Eve", "her agent's words", True, NOW - 1),
    )
    assert found == (Turn("Bob", "hi"), Turn("Eve", "her agent's words"))


def test_what_follows_the_players_own_line_or_their_agents_answers_nobody() -> None:
    bob, mine = Line("Bob", "how are you?", False, NOW - 3), Line("Ann", "fine", False, NOW - 2)
    agents, eve = Line("Ann", "fine", True, NOW - 2), Line("Eve", "hi", False, NOW - 1)

    def example(*context: Line) -> Example:
        (said,) = material.said("Ann", [OwnMessage(1, NEARBY, 0, "and it rains", NOW, None, context, "")])
        assert said.partner == (said.turns[-1].speaker if said.turns else "")
        return said.example

    assert [example(*context).continues for context in ((bob, mine), (bob, agents))] == [True, True]
    assert [example(*context).continues for context in ((bob, mine, eve), (bob,), ())] == [False] * 3
    assert example(bob, mine).turns == (Turn("Bob", "how are you?"),), "what was heard is known"
    assert example(bob, mine).answers == () and example(bob, mine, eve).answers == example(bob, eve).turns


def test_what_followed_a_secret_that_is_left_out_is_no_answer_to_what_was_said_before_that() -> None:
    bob, mine = Line("Bob", "how are you?", False, NOW - 4), Line("Ann", "fine", False, NOW - 3)
    secret = Line("Bob", "my password is hunter2", False, NOW - 2)

    def continues(*context: Line) -> bool:
        (said,) = material.said("Ann", [OwnMessage(1, NEARBY, 0, "wow, thanks", NOW, None, context, "")])
        return said.continues

    assert continues(bob, mine, secret) and continues(bob, secret)
    assert not continues(bob, mine, secret, bob)
    long_ago = replace(mine, time=NOW - int(TALK_SPAN_S * 1000) - 1)
    assert not continues(long_ago) and not continues(secret), "nothing is there to be answered"


def test_old_lines_belong_to_a_private_talk_but_not_to_a_nearby_or_world_one() -> None:
    old = Line("Bob", "long ago", False, NOW - int(TALK_SPAN_S * 1000) - 1)
    new = Line("Bob", "just now", False, NOW - int(TALK_SPAN_S * 1000))
    assert turns(old, new, channel=NEARBY) == turns(old, new, channel=WORLD) == (Turn("Bob", "just now"),)
    assert turns(old, new, channel=PRIVATE) == (Turn("Bob", "long ago"), Turn("Bob", "just now"))


def test_the_newest_turns_are_kept() -> None:
    found = turns(*(Line("Bob", str(i), False, NOW - 100 + i) for i in range(TURNS + 5)))
    assert [turn.text for turn in found] == [str(i) for i in range(5, TURNS + 5)]


def test_a_scene_that_was_kept_is_used_and_one_that_was_not_has_name_and_channel() -> None:
    kept = Scene("Ann", place="Hollow Ford", holding=("3 stone",), talk="world")
    rows = [
        OwnMessage(1, WORLD, 0, "hello", NOW, kept.to_json(), (), ""),
        OwnMessage(2, PRIVATE, 7, "hello", NOW, None, (), "Bob"),
    ]
    assert [one.scene for one in material.said("Ann", rows)] == [kept, Scene("Ann", talk="private")]


def test_a_message_is_said_to_its_recipient_or_else_to_who_spoke_last_in_that_talk() -> None:
    old = Line("Cat", "long ago", False, NOW - int(TALK_SPAN_S * 1000) - 1)
    talk = (old, Line("Bob", "hi", False, NOW - 3), Line("Eve", "her agent's", True, NOW - 2))
    mine = Line("Ann", "my own words", False, NOW - 1)

    def partner(channel: int, to: str, *context: Line) -> str:
        (said,) = material.said("Ann", [OwnMessage(1, channel, 0, "hello", NOW, None, context, to)])
        return said.partner

    assert partner(NEARBY, "", *talk, mine) == partner(WORLD, "", *talk) == "Eve"
    assert partner(WORLD, "", old, mine) == partner(NEARBY, "") == "", "nobody in particular"
    assert partner(PRIVATE, "Bob") == partner(PRIVATE, "Bob", mine) == "Bob"


def test_secrets_that_others_told_are_no_part_of_what_is_learnt_beside() -> None:
    secret = "my password is hunter2"
    context = (
        Line("Bob", "hi", False, NOW - 3),
        Line("Eve", secret, False, NOW - 2),
        Line("Bob", "x " * 300, False, NOW - 1),
    )
    kept = (Turn("Bob", "hi"), Turn("Bob", "x " * 300))
    assert turns(*context) == kept, "nothing but secrets: agents hear long lines, too"
    row = OwnMessage(1, WORLD, 0, "hello", NOW, None, context[:2], "")
    (said,) = material.said("Ann", [row])
    assert (said.turns, said.partner) == (kept[:1], "Eve"), "who told it counts for the caps"
    (example,) = material.withheld("Ann", [row])
    assert example.turns == kept[:1]

    prompt = prompt_to_json(Scene("Ann"), (Turn("Eve", secret), Turn("Bob", "hi")))
    preferred = [lessons.Preference(1, prompt, "Hello", ("Hm.",), True, 1, NOW, 1)]
    voted = [lessons.Vote(1, 1, True, True, prompt, "Hello")]
    found = material.preferences(preferred, voted)
    assert found.rewritten[0].turns == found.judged[0].turns == kept[:1]


@pytest.mark.parametrize("last", [Turn("Ann", "north"), Turn("Eve", "my password is hunter2")])
def test_rewrites_and_votes_of_what_answered_nothing_that_is_left_are_of_what_answers_nobody(
    last: Turn,
) -> None:
    prompt = prompt_to_json(Scene("Ann"), (Turn("Bob", "where is iron?"), last))
    preferred = [lessons.Preference(1, prompt, "Hello", ("Hm.",), True, 1, NOW, 1)]
    found = material.preferences(preferred, [lessons.Vote(1, 1, True, True, prompt, "Hello")])
    assert found.rewritten[0].turns == found.judged[0].turns == ()


def test_what_follows_a_line_that_is_to_be_forgotten_answers_nobody() -> None:
    carl = Line("Carl", "where is iron?", False, NOW - 2)
    row = OwnMessage(1, WORLD, 0, "with cherries", NOW, None, (carl,), "", after_forgotten=True)
    (said,) = material.said("Ann", [row])
    assert said.example.answers == ()
    (other,) = material.said("Ann", [replace(row, after_forgotten=False)])
    assert other.example.answers == (Turn("Carl", "where is iron?"),)


def test_of_one_persons_picks_only_so_many_count_the_newest_and_rewrites_have_no_such_bound() -> None:
    prompt = prompt_to_json(Scene("Ann"), ())

    def rows(count: int, corrected: bool, by: int) -> list[lessons.Preference]:
        return [
            lessons.Preference(i, prompt, f"Hi {i}", ("Hello.", "Hm."), corrected, 1, i, by)
            for i in range(count)
        ]

    found = material.preferences([*rows(30, False, 2), *rows(30, True, 1), *rows(3, False, 3)])
    assert [one.chosen for one in found.picked[::2]] == [
        *(f"Hi {i}" for i in range(30 - VOTER_LEAST, 30)),
        *(f"Hi {i}" for i in range(3)),
    ]
    assert len(found.rewritten) == 2 * 30


def test_rewrites_picks_and_what_was_made_of_drafts_are_kept_apart() -> None:
    scene, before = Scene("Ann"), (Turn("Bob", "hi"),)
    prompt = prompt_to_json(scene, (Turn("Ann", "her agent's words"), *before))
    rows = [
        lessons.Preference(1, prompt, "hey ~", ("Hello.",), True, 1, NOW, 1),
        lessons.Preference(2, prompt, "Hi!", ("Hello.", "Good day."), False, 1, NOW, 2),
        lessons.Preference(3, "no JSON", "Hi!", ("Hello.",), True, 1, NOW, 1),
        lessons.Preference(4, prompt, "ho ~", ("Hello.",), True, 1, NOW, 1, sent=True),
    ]
    found = material.preferences(rows)
    assert found.rewritten == (Preference(scene, before, "hey ~", "Hello."),)
    assert found.sent == (Preference(scene, before, "ho ~", "Hello."),)
    assert found.picked == tuple(Preference(scene, before, "Hi!", other) for other in ("Hello.", "Good day."))


def test_votes_on_readable_prompts_and_fit_replies_are_judged() -> None:
    prompt = prompt_to_json(Scene("Ann"), (Turn("Ann", "her agent's words"), Turn("Bob", "hi")))

    def votes(count: int, start: int, like: bool, text: str = "aye") -> list[lessons.Vote]:
        return [lessons.Vote(start + i, 1, True, like, prompt, f"{text} {i}") for i in range(count)]

    good = [*votes(16, 0, True), *votes(16, 100, False)]
    odd = lessons.Vote(300, 1, True, True, "no JSON", "aye")
    secret = lessons.Vote(301, 1, True, True, prompt, "write to ann@example.org")
    found = material.preferences([], [*good, odd, secret]).judged
    assert len(found) == 32
    assert {one.turns for one in found} == {(Turn("Bob", "hi"),)}
