"""An adapter speaks as strongly as its player's held-out words bear it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny_talker import talk, tokenizer

from nanoverse.config import Settings
from nanoverse.learning import adapter, gate, sft
from nanoverse.learning.adapter import AdapterState, Stopped
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Examples
from nanoverse.learning.lesson import Lesson, teach
from nanoverse.learning.material import Preferences
from nanoverse.learning.preference_scores import FEWEST
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.strength import STRENGTHS, fitting, scaled

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)
GOING_ON = threading.Event()


def unseen(done: int, total: int) -> None:
    """Nobody looks on."""


@pytest.fixture(scope="module")
def state(base: Any, tokens: Tokens) -> AdapterState:
    return sft.train(base, tokens, tokens.rows(talk(24)), SETTINGS, GOING_ON, unseen, 1)


@pytest.fixture(scope="module")
def newest(tokens: Tokens) -> list[Row]:
    return tokens.rows(talk(6, start=100))


def nats(base: Any, state: AdapterState, rows: list[Row]) -> float:
    return gate.score(adapter.attach(base, state), rows).per_token


def test_an_adapter_of_no_strength_is_the_base_model(
    base: Any, state: AdapterState, newest: list[Row]
) -> None:
    assert nats(base, scaled(state, 0.0), newest) == pytest.approx(gate.score(base, newest).per_token)


def test_one_that_has_overshot_is_brought_back(base: Any, state: AdapterState, newest: list[Row]) -> None:
    overshot = scaled(state, 8.0)
    chosen = fitting(base, overshot, newest, GOING_ON, unseen)
    assert chosen < 1
    assert nats(base, scaled(overshot, chosen), newest) == min(
        nats(base, scaled(overshot, one), newest) for one in STRENGTHS
    )


def test_one_that_has_not_is_left_as_it_is(base: Any, state: AdapterState, newest: list[Row]) -> None:
    assert fitting(base, scaled(state, 0.25), newest, GOING_ON, unseen) == 1.0


def test_a_strength_scales_one_half_of_each_product_and_leaves_the_adapter_alone(state: AdapterState) -> None:
    kept = {name: tensor.clone() for name, tensor in state.tensors.items()}
    half = scaled(state, 0.5)
    assert half.tensors.keys() == kept.keys()
    for name, tensor in half.tensors.items():
        assert torch.equal(tensor, kept[name] * (0.5 if "lora_B" in name else 1.0))
        assert torch.equal(state.tensors[name], kept[name])


def test_without_held_out_words_it_stays_as_trained(base: Any, state: AdapterState) -> None:
    assert fitting(base, state, [], GOING_ON, unseen) == 1.0


def test_choosing_stops_when_it_is_told_to(base: Any, state: AdapterState, newest: list[Row]) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        fitting(base, state, newest, stop, unseen)


def test_a_lesson_ends_at_the_strength_that_fits_the_held_out_words(base: Any, tokens: Tokens) -> None:
    newest = (replace(one, reply=one.reply[::-1]) for one in talk(6, ending="", start=100))
    said = Examples(tuple(talk(3)), tuple(newest))
    lesson = Lesson(said, Preferences((), ()), (), None, (), seed=1)
    settings = Settings(sft_rank=4, sft_epochs=50, sft_learning_rate=5e-3)
    taught = teach(lesson, base, tokenizer(), settings, GOING_ON, lambda what, done, total: None)
    alone = sft.train(base, tokens, tokens.rows(said.train), settings, GOING_ON, unseen, seed=1)
    words = tokens.rows(said.held_out)
    chosen = fitting(base, alone, words, GOING_ON, unseen)
    assert chosen < 1
    assert taught.figures == (f"strength {chosen:g}",)
    assert nats(base, taught.state, words) == nats(base, scaled(alone, chosen), words)
    assert taught.verdict.candidate == pytest.approx(nats(base, taught.state, words))


@pytest.mark.parametrize("rewrites", (FEWEST - 1, FEWEST))
def test_words_in_the_old_manner_do_not_weaken_a_wish_for_another(base: Any, rewrites: int) -> None:
    """But one rewrite is no wish for another manner: it takes as many as the gate goes by."""
    newest = (replace(one, reply=one.reply[::-1]) for one in talk(6, ending="", start=100))
    said = Examples(tuple(talk(3)), tuple(newest))
    wished = tuple(
        Preference(one.scene, one.turns, f"no {n}", one.reply) for n, one in enumerate(talk(rewrites))
    )
    lesson = Lesson(said, Preferences((), wished), (), None, (), seed=1)
    settings = Settings(sft_rank=4, sft_epochs=1)
    taught = teach(lesson, base, tokenizer(), settings, GOING_ON, lambda what, done, total: None)
    assert any("strength" in figure for figure in taught.figures) == (rewrites < FEWEST)
