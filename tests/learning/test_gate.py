"""What the gate measures: the true likelihood of given words, and what a model says by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from tiny_talker import base_model, talk, tokenizer

from nanoverse.learning import adapter, neutral
from nanoverse.learning.dialogue import REPETITION_PENALTY
from nanoverse.learning.gate import REPLIES, REPLY_TOKENS, rehearse, score
from nanoverse.learning.rows import Row, Tokens


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


def prompts(count: int) -> list[tuple[int, ...]]:
    return [row.ids[: row.prompt] for row in Tokens(tokenizer(), 448).rows(talk(count))]


def single(model: Any, prompt: tuple[int, ...]) -> str:
    """The likeliest reply, written token by token without any cache or batch."""
    ids = list(prompt)
    for _ in range(REPLY_TOKENS):
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1]
        seen = torch.tensor(sorted(set(ids)))
        # CTRL (Keskar et al., 2019), section 4.1
        logits[seen] = torch.where(
            logits[seen] > 0, logits[seen] / REPETITION_PENALTY, logits[seen] * REPETITION_PENALTY
        )
        ids.append(int(logits.argmax()))
        if ids[-1] in (tokenizer().eos_token_id, Tokens(tokenizer(), 448).end):
            break
    return " ".join(tokenizer().decode(ids[len(prompt) :], skip_special_tokens=True).split())


def test_trial_replies_are_what_the_model_would_say_alone() -> None:
    base, tokens = base_model(), Tokens(tokenizer(), 448)
    short, long = prompts(1)[0][:20], prompts(2)[1]
    found = rehearse(base, tokens, [short, long], 0.7, seed=1)
    assert len(found) == REPLIES
    assert found[:2] == [single(base, short), single(base, long)]


def test_trial_replies_are_the_same_every_time_whatever_others_draw() -> None:
    base, tokens = base_model(), Tokens(tokenizer(), 448)
    first = rehearse(base, tokens, prompts(3), 0.7, seed=1)
    torch.rand(5)
    assert rehearse(base, tokens, prompts(3), 0.7, seed=1) == first
    assert rehearse(base, tokens, prompts(3), 0.7, seed=2) != first
    assert rehearse(base, tokens, [], 0.7, seed=1) == []


def test_a_trial_leaves_the_model_as_it_was() -> None:
    base = base_model()
    before = score(base, Tokens(tokenizer(), 448).rows(talk(2))).nll
    model = adapter.attach(base, adapter.extract(adapter.fresh(base, 4, 1)))
    rehearse(model, Tokens(tokenizer(), 448), prompts(2), 0.7, seed=1)
    assert (score(base, Tokens(tokenizer(), 448).rows(talk(2))).nll == before).all()
    assert not base.training


def test_only_what_others_said_is_measured_in_neutral_talk() -> None:
    tokens = Tokens(tokenizer(), 448)
    for scene, turns in neutral.OVERHEARD:
        row = tokens.overheard(scene, turns)
        said = tokenizer().decode(row.ids[row.prompt :])
        first, second = turns
        assert said.strip() == f"{first.text}\n{second.speaker}: {second.text}<end_of_turn>"
        assert scene.name not in (first.speaker, second.speaker)
