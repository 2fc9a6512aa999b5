"""Sampling, against the definitions in transformers and against itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from nanoverse.engine.sampler import Draw, Sampling, _running_sums, choose

LOGITS = torch.randn(40, generator=torch.Generator().manual_seed(1)) * 2
SEEN = [3, 7, 7, 21]


def expected(s: Sampling) -> torch.Tensor:
    """The distribution that transformers draws from."""
    steps = LogitsProcessorList()
    if s.repetition_penalty != 1:
        steps.append(RepetitionPenaltyLogitsProcessor(s.repetition_penalty))
    steps.append(TemperatureLogitsWarper(s.temperature))
    if s.top_k:
        steps.append(TopKLogitsWarper(s.top_k))
    if s.top_p < 1:
        steps.append(TopPLogitsWarper(s.top_p))
    if s.min_p:
        steps.append(MinPLogitsWarper(s.min_p))
    scores = steps(torch.tensor([SEEN]), LOGITS.clone()[None])
    return torch.softmax(scores, dim=-1)[0]


def drawn(s: Sampling, count: int) -> torch.Tensor:
    draw = Draw(s, SEEN)
    tokens = [choose(LOGITS.clone()[None], [draw])[0] for _ in range(count)]
    return torch.bincount(torch.tensor(tokens), minlength=40) / count


@pytest.mark.parametrize(
    "settings",
    [
        Sampling(temperature=1.0, top_k=0, top_p=1.0, seed=1),
        Sampling(temperature=0.5, top_k=5, top_p=1.0, seed=2),
        Sampling(temperature=2.0, top_k=0, top_p=0.6, seed=3),
        Sampling(temperature=1.5, top_k=20, top_p=0.8, seed=4),
        Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.2, seed=5),
        Sampling(temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=3.0, seed=6),
        Sampling(temperature=0.8, top_k=30, top_p=0.9, min_p=0.05, repetition_penalty=0.5, seed=7),
    ],
)
def test_tokens_are_drawn_as_transformers_would(settings: Sampling) -> None:
    count = 3000
    odds, seen = expected(settings), drawn(settings, count)
    assert not seen[odds == 0].any(), "a token was drawn that is not allowed"
    # Four standard deviations of a binomial, and one more draw.
    assert ((seen - odds).abs() <= 4 * (odds * (1 - odds) / count).sqrt() + 1 / count).all()


def test_temperature_zero_takes_the_likeliest_after_the_penalty() -> None:
    best = int(LOGITS.argmax())
    assert choose(LOGITS.clone()[None], [Draw(Sampling(temperature=0), [])]) == [best]
    harsh = Sampling(temperature=0, repetition_penalty=100.0)
    assert choose(LOGITS.clone()[None], [Draw(harsh, [best])]) != [best]


def test_a_row_draws_the_same_whatever_the_other_rows_want() -> None:
    mine = Sampling(temperature=1.2, top_k=10, top_p=0.9, seed=11)
    others = [
        Sampling(temperature=0),
        Sampling(top_k=0, top_p=0.5, seed=1),
        Sampling(top_k=3, repetition_penalty=2.0, seed=2),
    ]
    alone, together = Draw(mine, SEEN), Draw(mine, SEEN)
    mates = [Draw(other, SEEN) for other in others]
    for _ in range(50):
        batch = torch.cat([LOGITS.clone()[None], torch.randn(3, 40)])[[1, 0, 2, 3]]
        expected_token = choose(LOGITS.clone()[None], [alone])[0]
        assert choose(batch, [mates[0], together, *mates[1:]])[1] == expected_token


@pytest.mark.parametrize("mates", [[3], [64], [65], [200], [1999], [0], [200, 0]])
def test_among_equally_likely_tokens_company_decides_nothing(mates: list[int]) -> None:
    """Logits in half precision are full of equals, at the edge of every top_k, too."""
    generator = torch.Generator().manual_seed(4)
    mine = Sampling(temperature=3.0, top_k=64, top_p=1.0, seed=11)
    alone, together = Draw(mine, []), Draw(mine, [])
    company = [Draw(Sampling(top_k=k, seed=1), []) for k in mates]
    for _ in range(40):
        rows = (torch.randn(1 + len(mates), 2000, generator=generator) * 2).bfloat16().float()
        expected_token = choose(rows[:1].clone(), [alone])[0]
        assert choose(rows, [together, *company])[0] == expected_token


@pytest.mark.parametrize("mate", [1, 5, 30, 0])
def test_of_equally_likely_tokens_those_with_the_lowest_numbers_are_taken(mate: int) -> None:
    row = torch.zeros(40)
    row[[9, 31]] = 1.0
    draws = [Draw(Sampling(temperature=9.0, top_k=5, top_p=1.0, seed=1), []), Draw(Sampling(top_k=mate), [])]
    seen = {choose(row.repeat(2, 1), draws)[0] for _ in range(200)}
    assert seen == {9, 31, 0, 1, 2}


@pytest.mark.parametrize("temperature", [1e-46, 1e-30, 9e-7])
def test_a_temperature_too_small_to_divide_by_takes_the_likeliest(temperature: float) -> None:
    logits = torch.tensor([[0.0, 5.0, 5.001, 1.0]])
    draw = Draw(Sampling(temperature=temperature, seed=1), [])
    state = draw.dice.getstate()
    assert choose(logits, [draw]) == [2]
    assert draw.dice.getstate() == state, "nothing was drawn"


@pytest.mark.parametrize(
    ("settings", "last"),
    [
        ({"top_p": 0.5, "top_k": 0}, 0),
        ({"top_p": 1.0, "top_k": 2}, 1),
        ({"top_p": 1.0, "top_k": 0, "min_p": 0.01}, 2),
        ({"top_p": 1e-50, "top_k": 0}, 0),
    ],
)
def test_the_highest_die_takes_the_last_token_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], last: int
) -> None:
    """In fp32 it is 1."""
    monkeypatch.setattr(random.Random, "random", lambda _: 1 - 2**-53)
    logits = torch.tensor([[5.0, 4.0, 3.0, -1.0, -2.0, -30.0]]).repeat(2, 1)
    assert choose(logits, [Draw(Sampling(**settings), []), Draw(Sampling(top_k=0), [])])[0] == last


def test_logits_that_are_not_numbers_still_give_a_token() -> None:
    broken = torch.full((2, 40), float("nan"))
    tokens = choose(broken, [Draw(Sampling(), []), Draw(Sampling(temperature=0), [])])
    assert all(0 <= token < 40 for token in tokens)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -1},
        {"top_k": -1},
        {"top_p": 0},
        {"top_p": 1.1},
        {"min_p": 1},
        {"repetition_penalty": 0},
        {"max_tokens": 0},
        {"stop": ("",)},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling(**wrong)  # type: ignore[arg-type]


def as_a_card_adds(x: torch.Tensor, dim: int, dtype: torch.dtype | None = None) -> torch.Tensor:
    """`cumsum`, in pairs of pairs (Hillis and Steele, 1986), and in no more precision than is asked for."""
    found, width = x.to(dtype or x.dtype), 1
    while width < x.shape[dim]:
        found = torch.cat([found[:, :width], found[:, width:] + found[:, :-width]], dim)
        width *= 2
    return found


def test_a_seed_gives_the_same_words_in_whatever_order_a_card_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.rand(5, 3000, generator=torch.Generator().manual_seed(6))
    in_order = weight.cumsum(-1)
    assert torch.equal(_running_sums(weight), in_order), "a CPU takes them otherwise"
    monkeypatch.setattr(torch.Tensor, "cumsum", as_a_card_adds)
    assert not torch.equal(weight.cumsum(-1), in_order), "this proves nothing"
    assert torch.equal(_running_sums(weight), in_order)


class Brought(TorchDispatchMode):
    """How often something is brought to the device."""

    count = 0

    def __torch_dispatch__(self, call: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += call.name() == "aten::lift_fresh"
        return call(*args, **(kwargs or {}))


def test_as_little_is_brought_to_the_device_for_many_rows_as_for_one() -> None:
    """For each such thing the engine waits until a card has come to it."""

    def brought(rows: int) -> int:
        logits = torch.randn(rows, 50, generator=torch.Generator().manual_seed(1))
        draws = [Draw(Sampling(repetition_penalty=1.1, seed=i), [3, i, 7][: 1 + i % 3]) for i in range(rows)]
        with Brought() as device:
            choose(logits, draws)
        return device.count

    assert brought(7) == brought(1) == 3


def test_the_penalty_of_a_row_does_not_depend_on_its_neighbours() -> None:
    logits = torch.randn(4, 50, generator=torch.Generator().manual_seed(2))
    settings = [Sampling(temperature=0, repetition_penalty=p, logprobs=True) for p in (1.0, 30.0, 1.0, 0.01)]
    tokens = [[1], [int(logits[1].argmax()), 2, 2], [4, 5], list(range(50))]
    alone = [choose(logits[i : i + 1].clone(), [Draw(settings[i], tokens[i])])[0] for i in range(4)]
    assert choose(logits.clone(), [Draw(*both) for both in zip(settings, tokens, strict=True)]) == alone
    assert alone[0] == int(logits[0].argmax()) and alone[1] != int(logits[1].argmax())
