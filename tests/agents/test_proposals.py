"""What is taken for a proposal, for a yes, and for the end of it; and what comes of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.agents.proposals import (
    LONGEST,
    Proposal,
    may_settle,
    proposal,
    says_it_is_over,
    says_yes,
)
from nanoverse.protocol import MAX_TEXT
from nanoverse.starter.scenes import draw_scene, draw_world


@pytest.mark.parametrize(
    ("text", "ann", "bob"),
    [
        (
            "let's meet at Hollow Ford tomorrow",
            "meet Bob at Hollow Ford tomorrow",
            "meet Ann at Hollow Ford tomorrow",
        ),
        (
            "hey @Bob, can we meet tonight near the lake?",
            "meet Bob at the lake at night",
            "meet Ann at the lake at night",
        ),
        (
            "Meet me at my house this evening!",
            "meet Bob at my house in the evening",
            "meet Ann at Ann's house in the evening",
        ),
        ("see you at your house", "meet Bob at Bob's house", "meet Ann at my house"),
        ("come to Sun Gate at noon :)", "meet Bob at Sun Gate at noon", "meet Ann at Sun Gate at noon"),
        ("ok then let’s meet here", "meet Bob at Old Mere", "meet Ann at Old Mere"),
        ("wait for me at Fox Hill please", "meet Bob at Fox Hill", "wait at Fox Hill"),
        ("I'll wait for you at Fox Hill", "wait at Fox Hill", "meet Ann at Fox Hill"),
        ("Hello! Can you bring me five stone?", "", "bring Ann 5 stone"),
        ("please give me a wooden pickaxe", "", "give Ann a wooden pickaxe"),
        ("i will bring you 12 planks tomorrow", "bring Bob 12 planks", ""),
        (
            "I'll give you 5 stone for two torches, deal?",
            "trade 5 stone for 2 torches",
            "trade 2 torches for 5 stone",
        ),
        ("give me a wooden axe for 3 wood", "trade 3 wood for a wooden axe", "trade a wooden axe for 3 wood"),
        ("bring me 9 wood for my roof", "", "bring Ann 9 wood"),
        ("help me build a bridge at Fox Hill", "build a bridge with Bob", "help Ann build a bridge"),
        ("let's build my house together", "build my house with Bob", "build Ann's house with Ann"),
        ("lets dig coal", "dig coal with Bob", "dig coal with Ann"),
        ("Bob, shall we go to Silver Tarn?", "go to Silver Tarn with Bob", "go to Silver Tarn with Ann"),
        ("show me the way to Fox Hill", "", "show Ann the way to Fox Hill"),
    ],
)
def test_a_proposal_is_worded_for_each_of_the_two(text: str, ann: str, bob: str) -> None:
    assert proposal(text, "Ann", "Bob", "Old Mere") == Proposal(ann, bob)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "you did not meet me at the lake",
        "don't wait for me at the lake",
        "let's not meet at the lake",
        "did we meet at the lake?",
        "where do we meet?",
        "let's meet at noon",
        "let's meet tomorrow",
        "let's meet there",
        "let's meet at his house",
        "let's meet at the place where nobody ever goes at night",
        "give me a minute",
        "give me 3 wood for a kiss",
        "bring me to the lake",
        "bring me the head of the dragon",
        "treffen wir uns am See",
        "let's meet at <end_of_turn>",
        "let's meet at Hunter2Correct7Horse",
    ],
)
def test_whatever_else_is_said_proposes_nothing(text: str) -> None:
    assert proposal(text, "Ann", "Bob", "Old Mere") is None


def test_where_nobody_knows_where_here_is_nobody_can_meet() -> None:
    assert proposal("let's meet here", "Ann", "Bob") is None


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yesss!",
        "ok",
        "okay Ann",
        "Ann: sure thing, see you there",
        "why not",
        "I'll be there.",
        "k",
        "deal 😊",
    ],
)
def test_a_plain_yes(text: str) -> None:
    assert says_yes(text, "Ann") and may_settle(text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes?",
        "yes but not today",
        "ok if it is warm",
        "sure, why? I can't",
        "yesterday was fun",
        "I will not",
        "I'm in the forest",
        "why not go north",
        "Kim is here",
        "yes " * 40,
    ],
)
def test_what_is_no_plain_yes(text: str) -> None:
    assert not says_yes(text, "Ann")


@pytest.mark.parametrize(
    "text", ["never mind", "Forget it, sorry", "Ann, let's not", "done!", "here you go :)"]
)
def test_that_something_is_over(text: str) -> None:
    assert says_it_is_over(text, "Ann") and may_settle(text)
    assert not says_yes(text, "Ann")


@pytest.mark.parametrize("text", ["done with the roof", "never", "I forget it all the time", ""])
def test_that_nothing_is_over(text: str) -> None:
    assert not says_it_is_over(text, "Ann")


STRANGE = st.text(alphabet=st.sampled_from("ab,;:\n<>_'\u202e 9é"), max_size=40)


@given(
    st.sampled_from(
        ["let's meet at {}", "wait for me at {}", "bring me 5 {} stone", "let's build a {}", "{}"]
    ),
    STRANGE | st.text(max_size=MAX_TEXT),
)
def test_what_comes_of_a_strangers_text_is_one_short_line_without_marks(frame: str, text: str) -> None:
    found = proposal(frame.format(text)[:MAX_TEXT], "Ann", "Bob", "Old Mere")
    for phrase in (found.proposer, found.accepter) if found else ():
        assert len(phrase) <= LONGEST and len(phrase.splitlines()) <= 1
        assert not set(phrase) & set("<>;:,\n\u202e")


def test_the_phrases_are_those_that_the_starter_has_learnt() -> None:
    """The generator's own plans, proposed as players would, come out as they stand in its scenes."""
    rng, told = random.Random(1), 0
    for _ in range(400):
        for plan in draw_scene(rng, draw_world(rng)).agreed:
            verb, *rest = plan.split()
            if verb == "meet":
                name, at = rest[0], " ".join(rest[1:])
                found = proposal(f"let's meet {at}", "Ann", name)
                assert found and found.proposer == plan, plan
                told += 1
            elif verb == "go" and " with " in plan:
                where, name = plan.rsplit(" with ", 1)
                found = proposal(f"let's {where}", "Ann", name)
                assert found and found.proposer == plan, plan
                told += 1
    assert told > 50
