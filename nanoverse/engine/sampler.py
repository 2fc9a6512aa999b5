"""Logits -> one token per row.

Every row has its own settings and its own stream of random numbers, so a request's words do not depend on its
batch-mates. Order as in transformers: repetition penalty, temperature, top-k, top-p, min-p, draw.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import torch
from torch import Tensor

COLDEST = 1e-6  # a lower temperature takes the likeliest token: fp32 could not divide by much less


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose words. The defaults are those that Gemma-3 was released with.

    temperature 0 (and whatever is below `COLDEST`) takes the likeliest token; top_k 0, top_p 1, min_p 0 and
    repetition_penalty 1 switch that part off. `stop` ends the text before any of its strings. `seed` None draws a new
    one. `logprobs` asks for the logarithm of each chosen token's probability.
    """

    temperature: float = 1.0
    top_k: int = 64
    top_p: float = 0.95
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    max_tokens: int = 128
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: bool = False

    def __post_init__(self) -> None:
        bounds = {
            "temperature": self.temperature >= 0,
            "top_k": self.top_k >= 0,
            "top_p": 0 < self.top_p <= 1,
            "min_p": 0 <= self.min_p < 1,
            "repetition_penalty": self.repetition_penalty > 0,
            "max_tokens": self.max_tokens >= 1,
            "stop": all(self.stop),
        }
        for name, good in bounds.items():
            if not good:
                raise ValueError(f"The sampling setting {name} cannot be {getattr(self, name)!r}.")


@dataclass(slots=True)
class Draw:
    """The sampling state of one request: its settings, its dice, and all of its tokens so far.

    die: what the next token is drawn by; thrown anew only once that is chosen, for a step that fails is repeated.
    logprobs: of every token chosen, if asked for: the natural logarithm of its probability as the model gives it,
    before penalty, temperature and cuts.
    """

    sampling: Sampling
    tokens: list[int]
    dice: random.Random = field(init=False)
    die: float = field(init=False)
    logprobs: list[float] = field(default_factory=list)
    _distinct: dict[int, None] = field(default_factory=dict)
    _counted: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.sampling.seed)
        self.die = self.dice.random()

    def distinct(self) -> Collection[int]:
        """Its tokens, each once. Of those that were there the last time nothing is asked again."""
        self._distinct.update(dict.fromkeys(self.tokens[self._counted :]))
        self._counted = len(self.tokens)
        return self._distinct


def choose(logits: Tensor, draws: Sequence[Draw]) -> list[int]:
    """logits [m, vocab] fp32 (overwritten) -> the next token of each of the m `draws`."""
    asking = [i for i, draw in enumerate(draws) if draw.sampling.logprobs]
    plain = logits[asking].log_softmax(-1) if asking else None  # a copy, before it is overwritten
    _penalise(logits, draws)
    drawn = [i for i, draw in enumerate(draws) if draw.sampling.temperature >= COLDEST]
    if len(drawn) == len(draws):
        chosen = _draw(logits, draws)
    else:
        chosen = logits.argmax(dim=-1)
        if drawn:
            rows = torch.tensor(drawn, device=logits.device)
            picked = _draw(logits.index_select(0, rows), [draws[i] for i in drawn])
            chosen.index_copy_(0, rows, picked)
    if plain is not None:
        for i, logprob in zip(asking, plain.gather(1, chosen[asking, None]).tolist(), strict=True):
            draws[i].logprobs += logprob
    tokens = [int(token) for token in chosen.tolist()]
    for i in drawn:
        draws[i].die = draws[i].dice.random()
    return tokens


def _penalise(logits: Tensor, draws: Sequence[Draw]) -> None:
    """Divides positive and multiplies negative logits of tokens already there. Source: CTRL, arXiv 1909.05858."""
    rows = [i for i, draw in enumerate(draws) if draw.sampling.repetition_penalty != 1 and draw.tokens]
    if not rows:
        return
    there = [draws[i].distinct() for i in rows]
    counts = [len(tokens) for tokens in there]
    tokens = np.fromiter(chain.from_iterable(there), np.int64, sum(counts))
    penalties = np.array([draws[i].sampling.repetition_penalty for i in rows], dtype=np.float32)
    at = torch.tensor(tokens + np.repeat(rows, counts) * logits.shape[1], device=logits.device)
    penalty = torch.tensor(np.repeat(penalties, counts), device=logits.device)
    flat = logits.view(-1)
    values = flat[at]
    flat[at] = torch.where(values > 0, values / penalty, values * penalty)


def _draw(logits: Tensor, draws: Sequence[Draw]) -> Tensor:
    vocab = logits.shape[1]
    settings = [draw.sampling for draw in draws]
    widths = [min(s.top_k, vocab) if s.top_k else vocab for s in settings]

    # All in one: whatever is brought to a card, the engine waits for.
    table = [
        [s.temperature for s in settings],
        [s.top_p for s in settings],
        [s.min_p for s in settings],
        widths,
        [draw.die for draw in draws],
    ]
    temperature, top_p, min_p, width, dice = torch.tensor(table, dtype=torch.float32, device=logits.device)[
        ..., None
    ]
    values, tokens = _likeliest(logits, widths)
    weight = ((values - values[:, :1]) / temperature).exp_()  # relative to the likeliest
    weight = weight * (torch.arange(max(widths), device=logits.device) < width)
    running = _running_sums(weight)
    kept = running - weight < top_p * running[:, -1:]
    kept &= weight >= min_p
    heap = _running_sums(weight * kept)
    # right=True: a die of exactly 0 still takes the first token that has any weight. One that fp32 rounds up to 1 would
    # take one behind the last that is kept; the likeliest is taken also where a tiny top_p, or NaN, keeps none.
    place = torch.searchsorted(heap, dice * heap[:, -1:], right=True)
    place = place.minimum(kept.sum(-1, keepdim=True) - 1).clamp_(min=0)
    return tokens.gather(1, place)[:, 0]


def _running_sums(weight: Tensor) -> Tensor:
    """Of each row [m, width] fp32, rounded from fp64, as a CPU does by itself. A card adds in an order that depends on
    how many rows there are and how wide they are, and for one long row on what is done first: in fp32 the same seed
    would not always give the same words."""
    return weight.cumsum(-1, dtype=torch.float64).float()


def _likeliest(logits: Tensor, widths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The likeliest tokens of each row, likeliest first: values and numbers [m, max(widths)], right for the first
    `widths[i]` of row i. Equals come in the order of their numbers: `topk` alone takes others of them, and in another
    order, for every other width, and half precision is full of equals."""
    vocab, width = logits.shape[1], max(widths)
    if width == vocab:
        values, tokens = logits.sort(dim=-1, descending=True, stable=True)
        return values, tokens
    values, tokens = logits.topk(width + 1, dim=-1)
    if not bool((values[:, 1:] == values[:, :-1]).any()):
        return values[:, :width], tokens[:, :width]
    tokens, by_number = tokens.sort(dim=-1)
    values, by_value = values.gather(1, by_number).sort(dim=-1, descending=True, stable=True)
    tokens = tokens.gather(1, by_value)
    ends = torch.tensor(widths, device=logits.device)[:, None]
    least = values.gather(1, ends - 1)  # of those that a row asks for
    split = (least == values.gather(1, ends))[:, 0].nonzero()[:, 0]  # rows that end amid equals
    if len(split):
        equal = logits[split] == least[split]
        numbers = equal.nonzero()[:, 1]  # row after row, each in order
        counts = equal.sum(-1, keepdim=True)
        larger = (values[split] > least[split]).sum(-1, keepdim=True)
        place = torch.arange(width, device=logits.device) - larger  # among the equals of the row
        first = numbers[counts.cumsum(0) - counts + torch.minimum(place.clamp(min=0), counts - 1)]
        tokens[split, :width] = torch.where(place < 0, tokens[split, :width], first)
    return values[:, :width], tokens[:, :width]
