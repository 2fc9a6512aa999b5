"""What follows from scores of real authors: pure numbers, no model.

`Losses` are the nats of each token, one array for each message.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Losses = Sequence[NDArray[np.float64]]
ROUNDS = 100  # of the search for the best weights
DRAWS = 1000  # of messages, for how sure a figure is
SIZES = (32, 64, 128, 256, 512)  # what more of them would change


def per_token(losses: Losses) -> float:
    return float(np.concatenate(losses).mean())


def gain(base: Losses, other: Losses) -> float:
    """Nats per token that `other` saves."""
    return per_token(base) - per_token(other)


def left_out_choice(gains: NDArray[np.float64]) -> float:
    """The mean gain if each author (row) gets the setting (column) that is best for the mean of the others."""
    others = gains.sum(axis=0) - gains
    return float(gains[np.arange(len(gains)), others.argmax(axis=1)].mean())


def recalled(
    lesson: Sequence[Sequence[int]], later: Sequence[Sequence[int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The likelihood of each token of `later` by how often it, or it after the one before, was said in `lesson`.

    A token after one that the lesson does not have gets its plain share. The start of a message counts as a token.
    """
    single: Counter[int] = Counter(token for message in lesson for token in message)
    after: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for message in lesson:
        for before, token in zip((-1, *message), message, strict=False):
            after[before][token] += 1
    total = single.total()
    one, two = [], []
    for message in later:
        for before, token in zip((-1, *message), message, strict=False):
            one.append(single[token] / total)
            known = after.get(before)
            two.append(known[token] / known.total() if known else one[-1])
    return np.array(one), np.array(two)


def mixture_gain(base: Losses, others: Sequence[NDArray[np.float64]]) -> float:
    """What the best fixed mixture of the base and `others` (likelihoods of the same tokens) saves on the very tokens
    that its weights are chosen on: an upper bound, which nobody could reach beforehand.

    The likelihood is concave in the weights, so expectation maximisation finds the best ones.
    """
    nats = np.concatenate(base)
    each = np.stack([np.exp(-nats), *others])  # [models, tokens]
    weights = np.full(len(each), 1 / len(each))
    for _ in range(ROUNDS):
        shares = weights[:, None] * each
        weights = (shares / shares.sum(axis=0)).mean(axis=1)
    return float(np.log(weights @ each).mean() + nats.mean())


def likelihood(losses: Losses) -> NDArray[np.float64]:
    return np.exp(-np.concatenate(losses))


def parts(base: Sequence[Losses], table: Sequence[Sequence[Losses]]) -> Iterator[tuple[str, float]]:
    """The gain of others' adapters (their median) and what the own one saves on top; how often the own one is best.

    table[p][a] is what the adapter of author a makes of the words of author p.
    """
    everyone = range(len(base))
    sums = [np.array([[one.sum() for one in losses] for losses in row]) for row in table]  # [a, messages]
    tokens = [np.array([len(one) for one in losses]) for losses in base]
    nats = np.array([each.sum(axis=1) / count.sum() for each, count in zip(sums, tokens, strict=True)])
    rivals = ~np.eye(len(base), dtype=bool)
    median = np.array([np.median(nats[p][rivals[p]]) for p in everyone])
    personal = median - nats.diagonal()
    yield "gain_of_others", float(np.mean([per_token(one) for one in base] - median))
    yield "gain_personal", float(personal.mean())
    yield "gain_personal_least", float(personal.min())
    yield "own_beats_others", float(np.mean([nats[p].argmin() == p for p in everyone]))
    # Nats that the own adapter saves on each message over each rival: [rivals, messages] for each author.
    ahead = [sums[p][rivals[p]] - sums[p][p] for p in everyone]
    drawn = _wins(ahead, len(base[0]))
    yield "own_beats_others_low", float(np.quantile(drawn, 0.05))
    yield "own_beats_others_high", float(np.quantile(drawn, 0.95))
    level = [
        some - (some.sum(axis=1) / count.sum())[:, None] * count + personal.mean() * count
        for some, count in zip(ahead, tokens, strict=True)
    ]
    for size in SIZES:
        yield f"own_would_win_of_{size}", float(_wins(level, size).mean())


def _wins(ahead: Sequence[NDArray[np.float64]], size: int) -> NDArray[np.float64]:
    """The share of the authors who are ahead of every rival, for `DRAWS` draws of so many messages each."""
    rng = np.random.default_rng(0)
    won = np.zeros(DRAWS)
    for some in ahead:
        picks = rng.integers(0, some.shape[1], size=(DRAWS, size))
        won += (some[:, picks].sum(axis=2) > 0).all(axis=0)
    return won / len(ahead)
