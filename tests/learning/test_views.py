"""What is learnt among many is known to one who asks alone."""

import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny_talker import talk

from nanoverse.config import Settings
from nanoverse.learning import adapter, gate, sft
from nanoverse.learning.dialogue import Turn
from nanoverse.learning.examples import Example
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import Tokens
from nanoverse.learning.views import passes, views

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)
OTHERS = ("Cid", "Dee", "Eve")


def among_many(count: int, start: int = 0) -> list[Example]:
    """The same talk with five lines of others before each question."""
    return [
        replace(one, turns=(*(Turn(OTHERS[k % 3], f"{k + i} is what i have") for k in range(5)), *one.turns))
        for i, one in enumerate(talk(count, start=start))
    ]


def test_a_talk_is_shown_whole_and_by_its_newest_line() -> None:
    one, two, three = (Turn("Bob", text) for text in ("hello", "where are you?", "what now?"))
    assert views((one, two, three)) == ((one, two, three), (three,))
    assert views((one,)) == ((one,),)
    assert views(()) == ((),)


def test_the_rows_of_an_example_are_those_of_its_views(tokens: Tokens) -> None:
    (many,), (alone,) = among_many(1), talk(1)
    assert tokens.views([many, alone]) == [tuple(tokens.rows([many, alone])), (tokens.row(alone),)]


def test_what_answers_nobody_is_said_into_the_silence(tokens: Tokens) -> None:
    (one,) = among_many(1)
    silent = tokens.row(replace(one, turns=()))
    continuing = replace(one, continues=True)
    assert tokens.row(continuing) == silent != tokens.row(one)
    assert tokens.views([continuing]) == [(silent,)]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_each_pass_shows_everything_once_and_both_views_as_often(count: int) -> None:
    many = [
        2,
        1,
        2,
        2,
        2,
        1,
        2,
        2,
        2,
    ]  # 16 views: numbers 0 and 1 are those of the first, 2 that of the second …
    first = np.cumsum([0, *many])[:-1]
    order = passes(many, count, np.random.default_rng(3))
    of = [int(np.searchsorted(first, view, side="right")) - 1 for view in order]
    for number in range(count):
        assert sorted(of[number * 9 : (number + 1) * 9]) == list(range(9))
    shown = Counter(order)
    assert all(abs(shown[int(at)] - shown[int(at) + 1]) <= count % 2 for at in first[np.array(many) == 2])


def test_a_single_pass_shows_half_of_it_in_either_view() -> None:
    order = passes([2] * 10, 1, np.random.default_rng(3))
    assert sum(view % 2 for view in order) == 5


def test_a_part_of_a_pass_is_its_beginning_and_there_is_always_one() -> None:
    assert passes([1] * 8, 1.5, np.random.default_rng(3)) == passes([1] * 8, 2, np.random.default_rng(3))[:12]
    assert len(passes([2], 0.1, np.random.default_rng(3))) == 1


def test_what_was_said_among_many_is_learnt_for_one_who_asks_alone(base: Any, tokens: Tokens) -> None:
    setup = Setup(base, tokens, SETTINGS, threading.Event(), seed=1)
    state = sft.train(setup, tokens.views(among_many(24)), lambda done, total: None)
    model = adapter.attach(base, state)

    def gain(unseen: list[Example]) -> float:
        rows = tokens.rows(unseen)
        return gate.score(base, rows).per_token - gate.score(model, rows).per_token

    among, alone = gain(among_many(6, start=100)), gain(talk(6, start=100))
    assert among > 0.3
    assert alone > 0.8 * among  # learnt after all lines alone: 0.2 to 0.4 of it
