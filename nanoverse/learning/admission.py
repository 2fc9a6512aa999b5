"""Whether an adapter that its player brought from elsewhere may speak for them: what is measured, and the policy.

It is asked for less than one that is made here. It may have been trained on the very words that are held out, those
that its player took along, so that it finds them easy says nothing for it; that it finds them surely harder than the
base model says something against it. What no candidate may do, it may not do either.
"""

from __future__ import annotations

from dataclasses import dataclass

from nanoverse.learning import verdict
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.lesson import Lesson, Tried, own_words, try_out
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.training_thread import Tell

WORSE_THAN_BASE = "It guesses its player's newest words worse than the model that has learnt nothing."
NOT_WORSE = "It does not guess its player's newest words surely worse than the model that has learnt nothing."
UNKNOWN = "Its player has said too little here to judge it by."


@dataclass(frozen=True, slots=True)
class Admission:
    """The gate's word on an adapter from elsewhere: `reason` is for its player, `figures` are for the admin.

    `gain` is in nats per token over the base model, None where its player has said too little to judge by.
    """

    passed: bool
    reason: str
    figures: str
    gain: float | None = None


def examine(setup: Setup, lesson: Lesson, state: AdapterState, tell: Tell) -> Admission:
    """Measure the adapter `state` and judge it; in the training thread."""
    tell("judging", 0, 2)
    tried = try_out(setup, lesson, setup.model(state), lambda: tell("judging", 1, 2))
    return admit(tried, own_words(lesson), setup.settings.min_messages)


def admit(tried: Tried, own: list[str], needed: int) -> Admission:
    """The word on what was measured. `own` is what its player said that is fit to learn from; of fewer than `needed`
    of that too few are held out to judge by."""
    lost, lost_low = verdict.harder(*tried.neutral)
    found = [verdict.harder_in_words(lost, lost_low)]
    gain, praise, fault = None, UNKNOWN, verdict.harm(lost_low, tried.replies, own, tried.leaks)
    if len(own) >= needed:
        gain, low, high = verdict.sure_gain(*tried.held_out)
        base, candidate = (one.per_token for one in tried.held_out)
        found.insert(0, f"nats per token: base {base:.3f}, candidate {candidate:.3f}")
        found.insert(1, f"gain {gain:+.3f}, at least {low:+.3f}, at most {high:+.3f}")
        praise = verdict.PASSED if low > 0 else NOT_WORSE
        fault = fault or (None if high >= 0 else WORSE_THAN_BASE)
    return Admission(fault is None, fault or praise, "; ".join(found), gain)
