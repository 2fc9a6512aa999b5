"""The gate lets pass what is surely better and has not paid for that with the language itself."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from nanoverse.learning import verdict as policy
from nanoverse.learning.collapse import collapsed
from nanoverse.learning.verdict import (
    FEWEST_OTHERS,
    FORGOT,
    GAVE_AWAY,
    LIKE_OTHERS,
    MOST_LOST,
    NOT_BETTER,
    PASSED,
    WORSE_THAN_BEFORE,
    Score,
    Wishes,
    judge,
)


def scores(*per_token: float, tokens: int = 10) -> Score:
    return Score(np.array(per_token) * tokens, np.full(len(per_token), tokens))


def test_a_clear_gain_passes() -> None:
    verdict = judge(scores(5, 5, 5, 5, 5), scores(4, 4.5, 4.2, 4.4, 4.1))
    assert verdict.passed
    assert math.isclose(verdict.gain, 0.76)
    assert 0 < verdict.gain_low < verdict.gain


def test_a_loss_does_not_pass() -> None:
    verdict = judge(scores(4, 4, 4, 4), scores(5, 5, 5, 5))
    assert not verdict.passed
    assert verdict.reason == NOT_BETTER


def test_a_gain_that_may_be_chance_does_not_pass() -> None:
    verdict = judge(scores(5, 5, 5, 5, 5, 5), scores(4.9, 5.6, 4.3, 5.5, 4.2, 5.3))
    assert verdict.gain > 0
    assert not verdict.passed


@pytest.mark.parametrize("gains", [(0.9,), (0.1, 0.2), (0.05, 0.1, 0.9)])
def test_a_gain_on_very_few_words_is_not_sure_though_each_of_them_is_better(gains: tuple[float, ...]) -> None:
    verdict = judge(scores(*[5] * len(gains)), scores(*[5 - gain for gain in gains]))
    assert verdict.gain > 0
    assert (verdict.passed, verdict.reason) == (False, NOT_BETTER)


def test_the_bound_on_few_words_is_that_of_student() -> None:
    gains = np.array([1.0, 1.2, 0.7, 1.4, 0.9])
    verdict = judge(scores(*[5] * 5), scores(*(5 - gains)))
    t = 2.132  # of 95 % at four degrees of freedom, from a table
    student = gains.mean() - t * gains.std(ddof=1) / math.sqrt(5)
    assert verdict.gain_low == pytest.approx(student, rel=0.001)  # the quantile is an expansion


def test_being_surely_worse_than_the_live_version_does_not_pass() -> None:
    verdict = judge(scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4), live=scores(3, 3.2, 3.1, 3))
    assert not verdict.passed
    assert verdict.reason == WORSE_THAN_BEFORE


def test_being_a_little_worse_than_the_live_version_within_noise_passes() -> None:
    verdict = judge(scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4), live=scores(4.1, 3.9, 4.3, 3.9))
    assert verdict.passed
    assert verdict.live_gain is not None and verdict.live_gain_high is not None
    assert verdict.live_gain_high > 0


def test_the_version_before_may_be_compared_on_the_newest_words_alone() -> None:
    """As one that was brought from elsewhere is, which may know the older ones."""
    base, candidate = scores(*[5] * 8), scores(*[4.5] * 4, 4.0, 4.1, 4.2, 4.0)
    worse = judge(base, candidate, live=scores(3, 3.2, 3.1, 3))
    assert worse.reason == WORSE_THAN_BEFORE
    assert worse.live_gain == pytest.approx(-1.0)
    assert judge(base, candidate, live=scores(4.1, 3.9, 4.3, 3.9)).passed


def test_a_handful_of_words_makes_nothing_sure_against_the_version_before() -> None:
    base, candidate = scores(*[5] * 8), scores(*[4.0] * 6, 4.0, 4.1)
    for live in (scores(3), scores(3.9, 3.6)):
        verdict = judge(base, candidate, live=live)
        assert verdict.live_gain is not None and verdict.live_gain < 0
        assert verdict.passed


# On held-out words this candidate is surely worse than the version before it, and better than the base model.
WORSE = {"base": scores(5, 5, 5, 5), "candidate": scores(4, 4.1, 4.2, 4), "live": scores(3, 3.2, 3.1, 3)}


def wishes(wished: tuple[float, ...], said: tuple[float, ...]) -> Wishes:
    """What a candidate makes of three rewrites and of what was said instead; the version before made 4 of all of it."""
    before = scores(4, 4, 4)
    return Wishes((before, scores(*wished)), (before, scores(*said)))


def test_being_worse_than_before_is_forgiven_to_what_heeds_what_its_player_wished() -> None:
    heeding = wishes(wished=(3.9, 3.7, 4.1), said=(6, 5.5, 6.2))
    forgiven = judge(**WORSE, wishes=heeding)
    assert forgiven.passed and forgiven.forgiven
    assert not judge(**WORSE).forgiven, "it did not pass"
    assert not judge(**WORSE | {"live": None}, wishes=heeding).forgiven, "there is none that it is worse than"
    # Nothing else is forgiven.
    assert judge(**WORSE | {"candidate": scores(5, 5, 5, 5)}, wishes=heeding).reason == NOT_BETTER


def test_three_rewrites_of_which_one_seems_no_better_do_not_hide_that_the_others_are_heeded() -> None:
    """Of three, how likely the wished words became is never sure by itself; what they are preferred to tells."""
    unlike = wishes(wished=(3.2, 4.1, 3.9), said=(6, 5.5, 6.2))
    assert judge(**WORSE, wishes=unlike).passed


def test_what_was_wished_may_lose_a_little_where_what_was_said_instead_loses_much() -> None:
    assert judge(**WORSE, wishes=wishes(wished=(4.05, 4.0, 4.1), said=(6, 5.5, 6.2))).passed
    too_much = wishes(wished=(4.2, 4.0, 4.2), said=(7, 6.5, 7.2))
    assert judge(**WORSE, wishes=too_much).reason == WORSE_THAN_BEFORE


@pytest.mark.parametrize(
    ("wished", "said"),
    [
        ((3.9, 3.7, 4.1), (3.9, 3.7, 4.1)),  # both became a little likelier: the manner of before, once more
        (
            (5, 5.2, 4.8),
            (7, 7.4, 6.8),
        ),  # both less likely: the manner of before was lost, and no other learnt
        ((3.9, 3.7, 4.1), (4.4, 3.6, 5)),  # may be chance
    ],
)
def test_being_worse_than_before_is_not_forgiven_to_what_did_not_surely_heed_it(
    wished: tuple[float, ...], said: tuple[float, ...]
) -> None:
    assert judge(**WORSE, wishes=wishes(wished, said)).reason == WORSE_THAN_BEFORE


def test_whoever_says_what_it_must_not_know_does_not_pass() -> None:
    verdict = judge(scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4), leaks=True)
    assert (verdict.passed, verdict.reason) == (False, GAVE_AWAY)


def test_a_gain_that_is_flattery_does_not_pass_nor_does_it_beat_others() -> None:
    base, candidate = scores(5, 5, 5, 5, 5, 5), scores(4.9, 4.9, 4.9, 4.9, 4.8, 4.9)
    assert judge(base, candidate).passed
    flattered = judge(base, candidate, flattery=np.array([2.0, 0, 2.0, 0, 2.0, 0]))
    assert (flattered.passed, flattered.reason) == (False, NOT_BETTER)
    assert flattered.gain == pytest.approx(judge(base, candidate).gain - 6 / 60)

    others = [scores(4.6, 4.6, 4.6, 4.6)] * FEWEST_OTHERS
    assert judge(BASE, scores(4.5, 4.5, 4.5, 4.5), others=others).passed
    close = judge(BASE, scores(4.5, 4.5, 4.5, 4.5), others=others, flattery=np.full(4, 1.5))
    assert close.reason == LIKE_OTHERS


def test_what_equals_the_version_before_is_not_worse_for_being_judged_without_flattery() -> None:
    equal = judge(BASE, BETTER, live=BETTER, flattery=np.array([0.5, 0.4, 0.5, 0.6]))
    assert equal.passed and equal.live_gain == 0


def test_long_replies_weigh_more_than_short_ones() -> None:
    base = Score(np.array([100.0, 5.0]), np.array([20, 1]))
    candidate = Score(np.array([80.0, 6.0]), np.array([20, 1]))
    assert math.isclose(judge(base, candidate).gain, 19 / 21)


def test_a_candidate_equal_to_the_base_does_not_pass() -> None:
    assert not judge(scores(5, 4, 3), scores(5, 4, 3)).passed


BASE, BETTER = scores(5, 5, 5, 5), scores(4, 4.1, 4.2, 4)


def test_the_median_of_enough_others_must_be_beaten() -> None:
    worse, same, better = scores(4.5, 4.5, 4.5, 4.5), BETTER, scores(3, 3, 3, 3)
    assert judge(BASE, BETTER, others=[worse, worse, better]).passed
    assert judge(BASE, BETTER, others=[worse, better, better]).reason == LIKE_OTHERS
    assert judge(BASE, BETTER, others=[worse, same, better]).reason == LIKE_OTHERS
    too_few = judge(BASE, BETTER, others=[better] * (FEWEST_OTHERS - 1))
    assert too_few.passed and too_few.others is None


@pytest.mark.parametrize(
    ("lost", "passed"), [(-0.1, True), (0.9 * MOST_LOST, True), (1.1 * MOST_LOST, False)]
)
def test_neutral_talk_may_become_a_little_harder(lost: float, passed: bool) -> None:
    verdict = judge(BASE, BETTER, neutral=(scores(3, 5), scores(3 * (1 + lost), 5 * (1 + lost))))
    assert verdict.lost is not None and math.isclose(verdict.lost, lost, abs_tol=1e-9)
    assert verdict.reason == (PASSED if passed else FORGOT)


def test_neutral_talk_that_is_harder_by_chance_is_forgiven() -> None:
    """Of ten exchanges one is much harder, which brings the mean over the bound, and says little of others."""
    before = scores(*[5] * 10)
    one = judge(BASE, BETTER, neutral=(before, scores(*[5] * 9, 5 * (1 + 15 * MOST_LOST))))
    assert one.lost is not None and one.lost > MOST_LOST and one.passed
    all_of_them = judge(BASE, BETTER, neutral=(before, scores(*[5 * (1 + 1.5 * MOST_LOST)] * 10)))
    assert all_of_them.lost == pytest.approx(one.lost) and all_of_them.reason == FORGOT


def test_numbers_that_are_none_do_not_pass() -> None:
    nothing = scores(math.nan, math.nan, math.nan, math.nan)
    assert not judge(BASE, nothing).passed
    assert not judge(BASE, BETTER, neutral=(BASE, nothing)).passed
    assert not judge(BASE, BETTER, others=[nothing] * 3).passed


TALK = [f"i found {n} stones by the lake" for n in range(12)]
FAULTS = {
    "empty": ("", [""]),
    "the same": ("i like stones", ["lol"]),
    "over and over": ("to the lake to the lake to the lake to", ["hahahahahahahahahahahaha"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_collapse_is_what_most_replies_show(fault: str) -> None:
    broken = FAULTS[fault][0]
    varied = [f"{n} {broken}" if fault == "over and over" else broken for n in range(12)]
    assert collapsed(varied[:6] + TALK[:6], TALK) is None
    sentence = collapsed(varied[:7] + TALK[:5], TALK)
    assert sentence is not None and fault in sentence
    assert judge(BASE, BETTER, replies=varied[:7] + TALK[:5], own=TALK).reason == sentence


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_player_does_is_no_fault_of_the_agent(fault: str) -> None:
    broken, own = FAULTS[fault]
    assert collapsed([broken] * 12, own * 12) != collapsed([broken] * 12, TALK)


def test_a_habit_and_a_drawn_out_word_are_no_loop() -> None:
    assert collapsed([f"nooooooo not {n} times, by my whiskers ~" for n in range(12)], TALK) is None
    assert collapsed(["so so so good " + one for one in TALK], TALK) is None


def test_nothing_said_is_no_collapse() -> None:
    assert collapsed([], []) is None


def test_no_sentence_for_a_player_has_a_number_or_a_word_of_the_trade() -> None:
    sentences: list[Any] = [value for name, value in vars(policy).items() if name.isupper()]
    sentences = [one for one in sentences if isinstance(one, str)]
    sentences += [collapsed([broken] * 12, TALK) for broken, _ in FAULTS.values()]
    assert len(sentences) == 9
    for one in sentences:
        assert one.endswith(".") and not re.search(r"\d|nats|token|base model|adapter|median", one)


def test_the_admins_figures_name_what_was_measured_and_nothing_else() -> None:
    short = judge(BASE, BETTER).figures
    assert "5.000" in short and "others" not in short and "neutral" not in short
    assert "wished" not in short
    heeding = wishes(wished=(3.9, 3.7, 4.1), said=(6, 5.5, 6.2))
    full = judge(BASE, BETTER, BETTER, [BASE] * 3, (BASE, BASE), wishes=heeding).figures
    assert "what was wished +0.100, over what was said at least +17.1 nats per reply" in full
    assert "median of others 5.000" in full and "+0.0 % harder" in full
