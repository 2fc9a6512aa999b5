"""What is learnt among many is known to one who asks alone."""

import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny_talker import talk, tokenizer

from nanoverse.config import Settings
from nanoverse.learning import adapter, dpo, gate, sft, sidebyside
from nanoverse.learning.dialogue import Turn
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example, Examples
from nanoverse.learning.lesson import Lesson, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.rows import Tokens
from nanoverse.learning.views import order, views

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


@pytest.mark.parametrize("passes", [1, 2, 3, 6])
@pytest.mark.parametrize("counts", [[2] * 10, [2, 1] * 10, [1, 1, 2, 2, 1, 2, 2, 2, 2, 1, 1, 1, 2]])
def test_each_pass_shows_everything_once_and_both_views_as_often(counts: list[int], passes: int) -> None:
    views_of = [[sum(counts[:thing]) + view for view in range(count)] for thing, count in enumerate(counts)]
    shown = order(counts, passes, np.random.default_rng(3))
    seen = Counter(shown)
    for number in range(passes):
        one = set(shown[number * len(counts) : (number + 1) * len(counts)])
        assert all(len(one & set(views)) == 1 for views in views_of)
        both = [views for views in views_of if len(views) > 1]
        assert abs(sum(whole in one for whole, _ in both) - sum(alone in one for _, alone in both)) <= 1
    assert all(abs(seen[whole] - seen[alone]) == passes % 2 for whole, alone in both)


def test_a_part_of_a_pass_is_its_beginning_and_there_is_always_one() -> None:
    assert order([1] * 8, 1.5, np.random.default_rng(3)) == order([1] * 8, 2, np.random.default_rng(3))[:12]
    assert len(order([2], 0.1, np.random.default_rng(3))) == 1


def test_what_is_the_same_row_either_way_is_there_once() -> None:
    short = Tokens(tokenizer(), 60)  # no room for more than the newest line
    (one,) = among_many(1)
    assert short.views([one]) == [(short.row(one),)]


def test_a_lesson_shows_either_view_and_each_message_once_beside_preferences(
    base: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    real = sft.train

    def words(setup: Setup, said: Any, on_step: Any) -> Any:
        given["words"] = said
        return real(setup, said, on_step)

    def preferences(setup: Setup, state: Any, pairs: Any, own: Any, on_step: Any) -> Any:
        given["own"] = own
        return state

    monkeypatch.setattr(sft, "train", words)
    monkeypatch.setattr(dpo, "train", preferences)
    tokens = Tokens(tokenizer(), 448)
    train = (*among_many(6), *talk(3, start=20), replace(among_many(1, start=30)[0], continues=True))
    picked = tuple(Preference(one.scene, one.turns, one.reply, "no") for one in talk(4, start=40))
    lesson = Lesson(
        Examples(train, tuple(talk(3, start=50))), Preferences(picked=picked, rewritten=()), (), None, ()
    )
    teach(Setup(base, tokens, SETTINGS, threading.Event(), seed=1), lesson, lambda what, done, total: None)
    assert given["words"] == tokens.views(train) and [len(one) for one in given["words"]] == [2] * 6 + [1] * 4
    own = set(given["own"])
    assert len(given["own"]) == 10 and all(len(own & set(views)) == 1 for views in given["words"])


def test_a_player_is_shown_answers_to_what_they_answered_themselves(base: Any, tokens: Tokens) -> None:
    setup = Setup(base, tokens, SETTINGS, threading.Event(), seed=1)
    answers, goes_on = talk(1, start=70), [replace(one, continues=True) for one in talk(2, start=80)]
    state = adapter.extract(adapter.fresh(base, 2, 0))
    shown = sidebyside.samples(setup, [*answers, *goes_on], None, state)
    assert [one.heard for one in shown] == ["what did you find 70"]


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
