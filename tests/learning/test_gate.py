"""The gate lets pass what is surely better, and its measure is the true likelihood."""

from __future__ import annotations

import math

import numpy as np
import torch
from tiny_talker import base_model, talk, tokenizer

from nanoverse.learning.gate import Score, judge, score
from nanoverse.learning.rows import Row, Tokens


def scores(*per_token: float, tokens: int = 10) -> Score:
    return Score(np.array(per_token) * tokens, np.full(len(per_token), tokens))


def test_a_score_is_the_likelihood_of_the_reply_under_the_model() -> None:
    base = base_model()
    rows = Tokens(tokenizer(), 448).rows(talk(5))
    found = score(base, rows)
    for row, nll, tokens in zip(rows, found.nll, found.tokens, strict=True):
        with torch.no_grad():
            logits = base(torch.tensor([row.ids])).logits[0].double().log_softmax(-1)
        expected = -sum(float(logits[i - 1, row.ids[i]]) for i in range(row.prompt, len(row)))
        assert math.isclose(nll, expected, rel_tol=1e-4)
        assert tokens == len(row) - row.prompt


def test_scores_come_in_the_order_of_the_rows_whatever_their_lengths() -> None:
    base = base_model()
    rows = [Row(tuple(range(6, 6 + n)), 2) for n in (30, 5, 17, 9, 26, 4, 12, 8, 21, 6, 11)]
    together = score(base, rows)
    alone = [score(base, [row]).nll[0] for row in rows]
    assert np.allclose(together.nll, alone, rtol=1e-4)


def test_a_clear_gain_passes() -> None:
    verdict = judge(scores(5, 5, 5, 5, 5), scores(4, 4.5, 4.2, 4.4, 4.1))
    assert verdict.passed
    assert math.isclose(verdict.gain, 0.76)
    assert 0 < verdict.gain_low < verdict.gain


def test_a_loss_does_not_pass() -> None:
    verdict = judge(scores(4, 4, 4, 4), scores(5, 5, 5, 5))
    assert not verdict.passed
    assert "not surely better than the base model" in verdict.reason


def test_a_gain_that_may_be_chance_does_not_pass() -> None:
    verdict = judge(scores(5, 5, 5, 5, 5, 5), scores(4.9, 5.6, 4.3, 5.5, 4.2, 5.3))
    assert verdict.gain > 0
    assert not verdict.passed


def test_being_surely_worse_than_the_live_version_does_not_pass() -> None:
    verdict = judge(scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4), live=scores(3, 3.2, 3.1, 3))
    assert not verdict.passed
    assert "The live version" in verdict.reason


def test_being_a_little_worse_than_the_live_version_within_noise_passes() -> None:
    verdict = judge(scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4), live=scores(4.1, 3.9, 4.3, 3.9))
    assert verdict.passed
    assert verdict.live_gain is not None and verdict.live_gain_high is not None
    assert verdict.live_gain_high > 0


def test_long_replies_weigh_more_than_short_ones() -> None:
    base = Score(np.array([100.0, 5.0]), np.array([20, 1]))
    candidate = Score(np.array([80.0, 6.0]), np.array([20, 1]))
    assert math.isclose(judge(base, candidate).gain, 19 / 21)


def test_a_candidate_equal_to_the_base_does_not_pass() -> None:
    assert not judge(scores(5, 4, 3), scores(5, 4, 3)).passed
