"""An adapter speaks as strongly as its player's held-out words bear it, and is not flattered by having been fitted."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tiny_talker import talk, tokenizer

from nanoverse.config import Settings
from nanoverse.learning import adapter, gate, sft
from nanoverse.learning.adapter import AdapterState, Stopped
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Examples
from nanoverse.learning.lesson import Lesson, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.preference_scores import FEWEST_REWRITES
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.strength import STRENGTHS, fitted, fitting, scaled
from nanoverse.learning.verdict import Score, Verdict, judge

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)
GOING_ON = threading.Event()


def unseen(done: int, total: int) -> None:
    """Nobody looks on."""


def given(base: Any, settings: Settings = SETTINGS, stop: threading.Event = GOING_ON) -> Setup:
    return Setup(base, Tokens(tokenizer(), settings.prompt_tokens), settings, stop, seed=1)


@pytest.fixture(scope="module")
def state(base: Any, tokens: Tokens) -> AdapterState:
    return sft.train(given(base), tokens.views(talk(24)), unseen)


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
    chosen = fitting(given(base), overshot, newest, unseen).strength
    assert chosen < 1
    assert nats(base, scaled(overshot, chosen), newest) == min(
        nats(base, scaled(overshot, one), newest) for one in STRENGTHS
    )


def test_one_that_has_not_learnt_all_speaks_a_little_more_strongly(
    base: Any, state: AdapterState, newest: list[Row]
) -> None:
    assert fitting(given(base), scaled(state, 0.25), newest, unseen).strength == 1.25


def test_one_that_fits_is_left_as_it_is(base: Any, state: AdapterState, newest: list[Row]) -> None:
    best = min((0.1 * n for n in range(1, 40)), key=lambda one: nats(base, scaled(state, one), newest))
    assert fitting(given(base), scaled(state, best), newest, unseen).strength == 1.0


def test_a_strength_scales_one_half_of_each_product_and_leaves_the_adapter_alone(state: AdapterState) -> None:
    kept = {name: tensor.clone() for name, tensor in state.tensors.items()}
    half = scaled(state, 0.5)
    assert half.tensors.keys() == kept.keys()
    for name, tensor in half.tensors.items():
        assert torch.equal(tensor, kept[name] * (0.5 if "lora_B" in name else 1.0))
        assert torch.equal(state.tensors[name], kept[name])


def test_without_held_out_words_it_stays_as_trained(base: Any, state: AdapterState) -> None:
    nothing = fitting(given(base), state, [], unseen)
    assert (nothing.strength, len(nothing.flattery)) == (1.0, 0)


def test_choosing_stops_when_it_is_told_to(base: Any, state: AdapterState, newest: list[Row]) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        fitting(given(base, stop=stop), state, newest, unseen)


def test_a_lesson_ends_at_the_strength_that_fits_the_held_out_words_and_is_not_flattered_by_that(
    base: Any, tokens: Tokens
) -> None:
    newest = [replace(one, reply=one.reply[::-1]) for one in talk(6, ending="", start=100)]
    newest[1::2] = talk(3, start=100)  # every other one is as learnt: the two halves want different strengths
    said = Examples(tuple(talk(3)), tuple(newest))
    lesson = Lesson(said, Preferences((), ()), (), None, ())
    settings = Settings(sft_rank=4, sft_epochs=50, sft_learning_rate=5e-3)
    taught = teach(given(base, settings), lesson, lambda what, done, total: None)
    alone = sft.train(given(base, settings), tokens.views(said.train), unseen)
    words = tokens.rows(said.held_out)
    chosen = fitting(given(base), alone, words, unseen)
    assert chosen.strength < 1
    assert taught.figures == (f"strength {chosen.strength:g}",)
    assert nats(base, taught.state, words) == nats(base, scaled(alone, chosen.strength), words)
    assert chosen.flattery.sum() > 0.1
    found = gate.score(adapter.attach(base, taught.state), words)
    honest = Score(found.nll + chosen.flattery, found.tokens)
    assert taught.verdict.candidate == pytest.approx(honest.per_token)


def test_each_half_of_the_words_is_judged_at_the_strength_that_the_other_half_chose() -> None:
    #       even, odd, even, odd
    nll = np.array(
        [
            [2.0, 9.0, 2.5, 9.0],
            [5.0, 5.0, 4.5, 5.0],
            [9.0, 3.0, 9.0, 2.0],
            [4.0, 4.0, 4.0, 4.0],
            [9.0, 9.0, 9.0, 9.0],
        ]
    )
    found = fitted(nll)
    assert found.strength == STRENGTHS[3], "fewest nats in all"
    # The odd ones like the third strength best, the even ones the first.
    assert (nll[3] + found.flattery).tolist() == [9.0, 9.0, 9.0, 9.0]


def test_one_word_alone_chooses_nothing_that_it_is_judged_by() -> None:
    found = fitted(np.array([[3.0], [2.0], [1.0], [4.0], [0.5]]))
    assert found.strength == STRENGTHS[2], "and not more than was trained"
    assert found.flattery.tolist() == [2.0], "judged as trained"


@pytest.mark.parametrize(
    ("saved", "strength"),
    [([0.5, 0.6, 0.4, 0.7], 1.25), ([0.5, -0.6, 0.4, -0.1], 1.0), ([3.0, -0.9, -0.9, -0.9], 1.0)],
)
def test_more_than_was_trained_must_be_surely_better(saved: list[float], strength: float) -> None:
    as_trained, weaker = np.full(4, 5.0), np.full((3, 4), 9.0)
    assert fitted(np.vstack([as_trained, weaker, as_trained - saved])).strength == strength


def test_fitting_never_makes_words_look_harder_than_they_are() -> None:
    dice = np.random.default_rng(3)
    found = [fitted(dice.gamma(2, size=(len(STRENGTHS), 9))).flattery.sum() for _ in range(300)]
    assert min(found) >= -1e-9 and max(found) > 0


def test_what_is_gained_by_chance_counts_for_nothing() -> None:
    """Adapters of pure noise: what they do to a word's likelihood is zero on average, at every strength."""
    dice, trials, words = np.random.default_rng(5), 1500, 12
    judged: list[Verdict] = []
    flattered: list[float] = []
    for _ in range(trials):
        tokens = dice.integers(3, 20, words)
        base = Score(3.0 * tokens, tokens)
        noise = np.array(STRENGTHS)[:, None] * dice.normal(0, 0.3, words) * np.sqrt(tokens)
        nll = base.nll - noise
        found = fitted(nll)
        candidate = Score(nll[STRENGTHS.index(found.strength)], tokens)
        judged.append(judge(base, candidate, flattery=found.flattery))
        flattered.append(judge(base, candidate).gain)
    gains = np.array([one.gain for one in judged])
    unsure = 3 * gains.std() / np.sqrt(trials)
    assert abs(gains.mean()) < unsure < np.mean(flattered)
    passed = np.mean([one.passed for one in judged])
    assert 0 < passed < 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials), "no more than one in twenty"


@pytest.mark.parametrize("rewrites", (FEWEST_REWRITES - 1, FEWEST_REWRITES))
def test_words_in_the_old_manner_do_not_weaken_a_wish_for_another(base: Any, rewrites: int) -> None:
    """But one rewrite is no wish for another manner: it takes as many as the gate goes by."""
    newest = (replace(one, reply=one.reply[::-1]) for one in talk(6, ending="", start=100))
    said = Examples(tuple(talk(3)), tuple(newest))
    wished = tuple(
        Preference(one.scene, one.turns, f"no {n}", one.reply) for n, one in enumerate(talk(rewrites))
    )
    lesson = Lesson(said, Preferences((), wished), (), None, ())
    settings = Settings(sft_rank=4, sft_epochs=1)
    taught = teach(given(base, settings), lesson, lambda what, done, total: None)
    assert any("strength" in figure for figure in taught.figures) == (rewrites < FEWEST_REWRITES)
