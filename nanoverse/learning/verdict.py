"""Whether a new adapter may speak for its player: the policy, over plain numbers and texts.

The measure is nats per token of the player's own held-out replies, the newest they wrote. A candidate passes only if it
is better than the base model beyond what chance explains, not worse than the version before it beyond noise, and
closer to its player than the adapters of others are. It must not have paid for that with the language itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from nanoverse.learning.collapse import collapsed

RESAMPLES = 2000
CONFIDENCE = 0.95
FEWEST_OTHERS = 3  # adapters of other players below which they are no measure
MOST_LOST = 0.02  # share of the base model's nats per token that neutral talk may cost more, beyond noise
# Nats per token by which what an owner wished may have become less likely: learning to prefer it to something else
# makes both less likely where they are much alike (Pal et al., arXiv 2402.13228).
MOST_UNLIKELIER = 0.1

PASSED = "It finds its player's newest words easier to guess than the model that has learnt nothing."
NOT_BETTER = (
    "It does not surely guess its player's newest words better than the model that has learnt nothing; "
    "with more of their words it may."
)
WORSE_THAN_BEFORE = "The version before it guesses its player's newest words better."
LIKE_OTHERS = "It is no closer to its player than the agents of other players are."
FORGOT = "It has forgotten too much of how people talk."
GAVE_AWAY = "It said private words that were not to be learnt from."


@dataclass(frozen=True, slots=True)
class Score:
    """What one model makes of some rows: for each the summed negative log likelihood, in nats, and its tokens."""

    nll: NDArray[np.float64]
    tokens: NDArray[np.int64]

    @property
    def per_token(self) -> float:
        return float(self.nll.sum() / self.tokens.sum())


@dataclass(frozen=True, slots=True)
class Wishes:
    """Rewrites of the owner that were kept from the training: scores by the version before and by the candidate, of
    what the owner would have had said (`wished`) and of what the agent had said instead (`said`), in the same order.
    """

    wished: tuple[Score, Score]
    said: tuple[Score, Score]

    @property
    def gain(self) -> float:
        """Nats per token by which what was wished became likelier."""
        return _gain(*self.wished)[0]

    @property
    def moved_low(self) -> float:
        """The lower bound, in nats per reply, of how much more likely it became than what was said: the margin of
        the rewards in Rafailov et al. (NeurIPS 2023), with the version before as the reference."""
        before, candidate = (
            Score(wished.nll - said.nll, np.ones(len(said.nll), np.int64))
            for wished, said in zip(self.wished, self.said, strict=True)
        )
        return _student_low(before, candidate)

    @property
    def heeded(self) -> bool:
        """Whether the candidate surely took the hint: a model that only lost its manner makes both much less likely."""
        return self.moved_low > 0 and self.gain > -MOST_UNLIKELIER


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's word on a candidate: `reason` is for its player, `figures` are for the admin.

    Gains are nats per token, `candidate` and `gain` without flattery. `live_*` are None where there is no version
    before, `others` (their median) where there are too few, `lost` (the share by which neutral talk became harder)
    where it was not measured, `wishes` where there are too few rewrites or no version before.
    """

    passed: bool
    reason: str
    examples: int
    base: float
    candidate: float
    gain: float
    gain_low: float
    live: float | None = None
    live_gain: float | None = None
    live_gain_high: float | None = None
    others: float | None = None
    lost: float | None = None
    lost_low: float | None = None
    wishes: Wishes | None = None

    @property
    def forgiven(self) -> bool:
        """Whether it passed although it is surely worse than the version before, because it heeds rewrites."""
        return self.passed and self.live_gain_high is not None and self.live_gain_high < 0

    @property
    def figures(self) -> str:
        """What was measured, e.g. for the admin's table."""
        found = [f"nats per token: base {self.base:.3f}, candidate {self.candidate:.3f}"]
        found.append(f"gain {self.gain:+.3f}, at least {self.gain_low:+.3f}")
        if self.live_gain is not None:
            found.append(f"on the version before {self.live_gain:+.3f}, at most {self.live_gain_high:+.3f}")
        if self.others is not None:
            found.append(f"median of others {self.others:.3f}")
        if self.lost is not None and self.lost_low is not None:
            found.append(harder_in_words(self.lost, self.lost_low))
        if self.wishes:
            gain, low = self.wishes.gain, self.wishes.moved_low
            found.append(
                f"what was wished {gain:+.3f}, over what was said at least {low:+.1f} nats per reply"
            )
        return "; ".join(found)


def harder_in_words(lost: float, low: float) -> str:
    """By which share neutral talk became harder, and by which at least."""
    return f"neutral talk {100 * lost:+.1f} % harder, at least {100 * low:+.1f} %"


def judge(
    base: Score,
    candidate: Score,
    live: Score | None = None,
    others: Sequence[Score] = (),
    neutral: tuple[Score, Score] | None = None,
    replies: Sequence[str] = (),
    own: Sequence[str] = (),
    wishes: Wishes | None = None,
    leaks: bool = False,
    flattery: NDArray[np.float64] | None = None,
) -> Verdict:
    """The verdict on a candidate.

    The first four are scores on the same held-out rows: of the base model, the candidate, the version before it, and
    the adapters of other players; those of the version before may be of the newest rows only. `neutral` is what base
    and candidate make of neutral talk, `replies` what the candidate said on trial, `own` how its player speaks.
    `wishes` is what the version before and the candidate make of rewrites; `leaks`, whether the candidate said what it
    must not know. `flattery` is by how many nats each held-out row looks easier for the candidate than it is, because
    its strength was chosen by that row, too.

    Being worse than the version before is forgiven to a candidate that has surely heeded what its player wished: an
    owner who asks for another manner must not be refused because the agent has left the old one. The version before is
    compared with the candidate as it would speak, flattery and all. Its own strength was chosen by words that are
    mostly the same, so with the flattery taken from one of the two, a candidate that equals it could be refused.
    """
    honest = candidate if flattery is None else Score(candidate.nll + flattery, candidate.tokens)
    gain, low, _ = sure_gain(base, honest)
    live_gain, high = _over_the_one_before(live, candidate) if live else (None, None)
    median = float(np.median([one.per_token for one in others])) if len(others) >= FEWEST_OTHERS else None
    lost, lost_low = harder(*neutral) if neutral else (None, None)
    damage = harm(lost_low, replies, own, leaks)
    heeded = wishes is not None and wishes.heeded
    refusals = (
        (not low > 0, NOT_BETTER),
        (high is not None and high < 0 and not heeded, WORSE_THAN_BEFORE),
        (median is not None and not honest.per_token < median, LIKE_OTHERS),
        (damage is not None, damage or ""),
    )
    refusal = next((sentence for refused, sentence in refusals if refused), None)
    return Verdict(
        refusal is None,
        refusal or PASSED,
        len(base.nll),
        base.per_token,
        honest.per_token,
        gain,
        low,
        live.per_token if live else None,
        live_gain,
        high,
        median,
        lost,
        lost_low,
        wishes,
    )


def harm(lost_low: float | None, replies: Sequence[str], own: Sequence[str], leaks: bool) -> str | None:
    """What no candidate may do, whatever it gains: a sentence if it does, else None.

    `lost_low` is the share by which neutral talk became harder at least (None: not measured), the rest as in `judge`.
    """
    if lost_low is not None and not lost_low <= MOST_LOST:
        return FORGOT
    return collapsed(replies, own) or (GAVE_AWAY if leaks else None)


def _over_the_one_before(live: Score, candidate: Score) -> tuple[float, float]:
    """The mean gain over the version before, and its upper bound. What is measured on a part of the rows, which may be
    a handful, is as unsure as Student says."""
    rows = len(live.nll)
    same = Score(candidate.nll[-rows:], candidate.tokens[-rows:])
    gain, _, high = _gain(live, same) if rows == len(candidate.nll) else sure_gain(live, same)
    return gain, high


def sure_gain(reference: Score, candidate: Score) -> tuple[float, float, float]:
    """Mean gain in nats per token and its bounds, each of which leaves out 5 %: those of the bootstrap, or Student's
    where they are wider."""
    gain, low, high = _gain(reference, candidate)
    return (
        gain,
        min(low, _student_low(reference, candidate)),
        max(high, -_student_low(candidate, reference)),
    )


def _gain(reference: Score, candidate: Score) -> tuple[float, float, float]:
    """Mean gain in nats per token and the bounds of its bootstrap interval, resampled by example.

    Each bound leaves out 5 %: the percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap,
    chapter 13) of a ratio of sums.
    """
    difference, tokens = reference.nll - candidate.nll, reference.tokens
    picks = _picks(len(tokens))
    means = difference[picks].sum(axis=1) / tokens[picks].sum(axis=1)
    low, high = np.quantile(means, [1 - CONFIDENCE, CONFIDENCE])
    return float(difference.sum() / tokens.sum()), float(low), float(high)


def harder(base: Score, candidate: Score) -> tuple[float, float]:
    """By which share of the base's nats the candidate needs more, and by which at least: bootstrapped as gains are."""
    picks = _picks(len(base.nll))
    shares = candidate.nll[picks].sum(axis=1) / base.nll[picks].sum(axis=1) - 1
    return float(candidate.nll.sum() / base.nll.sum() - 1), float(np.quantile(shares, 1 - CONFIDENCE))


def _picks(examples: int) -> NDArray[np.int64]:
    """Which examples each resample has, `[RESAMPLES, examples]`: seeded, so the same scores give the same verdict."""
    return np.random.default_rng(0).integers(0, examples, size=(RESAMPLES, examples))


def _student_low(reference: Score, candidate: Score) -> float:
    """Student's lower bound of the gain, which also holds of a handful of examples; one alone makes no gain sure.

    There the bootstrap is too sure (Hesterberg, What Teachers Should Know about the Bootstrap, 2015). The error is that
    of a ratio of sums, linearised (Cochran, Sampling Techniques, chapter 6).
    """
    difference, tokens = reference.nll - candidate.nll, reference.tokens
    gain, count = float(difference.sum() / tokens.sum()), len(tokens)
    if count < 2:
        return min(0.0, gain)
    rest = (difference - gain * tokens) / tokens.mean()
    return gain - _student(count - 1) * float(rest.std(ddof=1)) / math.sqrt(count)


def _student(freedom: int) -> float:
    """Student's t at `CONFIDENCE`, by the expansion of Abramowitz and Stegun (26.7.5): within 1 % from 3 degrees of
    freedom on, too small below (5.6 for 6.3 at one)."""
    z = NormalDist().inv_cdf(CONFIDENCE)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
