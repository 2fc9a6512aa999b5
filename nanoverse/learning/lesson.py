"""One player's lesson, from what they said to a judged adapter. It runs in the training thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoverse.learning import (
    dpo,
    gate,
    neutral,
    preference_scores,
    saving,
    sft,
    sidebyside,
    strength,
    unpaired,
    views,
    votes,
)
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.canary import gives_away
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example, Examples
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.preference_scores import FEWEST_REWRITES, split
from nanoverse.learning.saving import UnreadableError
from nanoverse.learning.sidebyside import Sample
from nanoverse.learning.training_thread import Tell
from nanoverse.learning.trl_frame import OnStep
from nanoverse.learning.verdict import FORGOT, Score, Verdict, judge

REWRITES_TOLD = 5  # times as often as other words of the player: it is what they care for most


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one player's adapter is made from and judged by.

    `withheld` is what they said in private and must not be learnt from. `newest` is the adapter to be replaced, if
    there is one; `others` are folders of other players' adapters for the same base model, of which some may be gone.
    `unseen` is how many of the held-out examples, the newest ones, `newest` cannot have been trained on; None: all.
    """

    examples: Examples
    preferences: Preferences
    withheld: tuple[Example, ...]
    newest: AdapterState | None
    others: tuple[Path, ...]
    unseen: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What is measured on every candidate, whoever made it.

    Scores are of the base model and of the candidate: of the held-out words, and of neutral talk. `replies` are the
    candidate's on trial; `leaks`, whether it said what is withheld.
    """

    held_out: tuple[Score, Score]
    neutral: tuple[Score, Score]
    replies: list[str]
    leaks: bool


@dataclass(frozen=True, slots=True)
class Taught:
    """A judged adapter; `samples` show what it changed, if it passed; `figures` are its strength and what the
    preference steps did."""

    state: AdapterState
    verdict: Verdict
    samples: tuple[Sample, ...]
    figures: tuple[str, ...]


def teach(setup: Setup, lesson: Lesson, tell: Tell) -> Taught:
    """Train and judge: words first, then likes and dislikes, the picks of others, and the owner's rewrites.

    What the owner wrote has the last say. Raises `ValueError` if the training diverges.
    """
    preferences, tokens = lesson.preferences, setup.tokens
    picks, picks_apart = split(dpo.usable(preferences.picked))
    rewrites, rewrites_apart = split(_unheard(lesson, preferences.rewritten), FEWEST_REWRITES)
    replies, replies_apart = split(preferences.judged)
    words = [*map(dpo.wanted, rewrites)] * REWRITES_TOLD  # the player's own, too
    rewrites += _unheard(lesson, preferences.sent)  # these are among the words as they are
    said = tokens.views([*lesson.examples.train, *words])
    flat = [row for one in said for row in one]
    rows = [flat[i] for i in views.order([len(one) for one in said], 1, np.random.default_rng(setup.seed))]
    state = sft.train(setup, said, _step(tell, "words"))
    figures: list[str] = []
    flattery = None
    if not rewrites_apart:  # an owner who wishes for another manner is not measured by words in the old one
        newest = tokens.rows(lesson.examples.held_out)
        fitted = strength.fitting(setup, state, newest, _step(tell, "fitting"))
        state, flattery = strength.scaled(state, fitted.strength), fitted.flattery
        figures.append(f"strength {fitted.strength:g}")
    if votes.enough(replies):
        before, state = state, unpaired.train(setup, state, replies, rows, _step(tell, "likes"))
        figures.append(f"votes: {preference_scores.of_votes(setup, replies_apart, before, state)}")
    for what, pairs, apart, own in (
        ("picks", picks, picks_apart, rows),
        ("rewrites", rewrites, rewrites_apart, None),
    ):
        if pairs:
            before, state = state, dpo.train(setup, state, pairs, own, _step(tell, what))
            if apart:
                figures.append(f"{what}: {preference_scores.of_pairs(setup, apart, before, state)}")
    state, verdict, weakened = _judged(
        state, lambda candidate: _examine(setup, lesson, candidate, flattery, rewrites_apart, tell)
    )
    shown: tuple[Sample, ...] = ()
    if verdict.passed:
        tell("showing", 0, 1)
        shown = sidebyside.samples(setup, lesson.examples.held_out, lesson.newest, state)
    return Taught(state, verdict, shown, (*figures, *weakened))


def _unheard(lesson: Lesson, preferences: Sequence[Preference]) -> list[Preference]:
    """What the owner made of their agent's words, but for what the adapter is judged by."""
    held_out = {one.reply for one in lesson.examples.held_out}
    return [one for one in dpo.usable(preferences) if one.chosen.strip() not in held_out]


def _judged(
    state: AdapterState, examine: Callable[[AdapterState], Verdict]
) -> tuple[AdapterState, Verdict, tuple[str, ...]]:
    """The adapter and what the gate says of it; of one that forgot too much the strongest that passes in its stead, and
    a figure that says so. Preference steps come after the strength was fitted, and move an adapter further."""
    verdict = examine(state)
    for less in strength.WEAKER if verdict.reason == FORGOT else ():
        weaker = strength.scaled(state, less)
        again = examine(weaker)
        if again.passed:
            return weaker, again, (f"weakened to {less:g}, for it had forgotten: {verdict.figures}",)
        if again.reason != FORGOT:
            break
    return state, verdict, ()


def _examine(
    setup: Setup,
    lesson: Lesson,
    state: AdapterState,
    flattery: NDArray[np.float64] | None,
    rewrites: Sequence[Preference],
    tell: Tell,
) -> Verdict:
    """Measure what the gate asks, one model after the other: those of others are read only when it is their turn.

    `rewrites` were kept from the training. The `flattery` (see `strength.Fitted`) is that of the adapter before the
    preference steps; they see none of the held-out words, so it is taken to be the same after them.
    """
    steps = 3 + len(lesson.others)
    held_out = setup.tokens.rows(lesson.examples.held_out)
    tell("judging", 0, steps)
    candidate = setup.model(state)
    tried = try_out(setup, lesson, candidate, lambda: tell("judging", 1, steps))
    tell("judging", 2, steps)
    newest, wishes = None, None
    if lesson.newest:
        before = setup.model(lesson.newest)
        unseen = len(held_out) if lesson.unseen is None else lesson.unseen
        newest = gate.score(before, held_out[len(held_out) - unseen :]) if unseen else None
        if rewrites:
            wishes = preference_scores.wishes(before, candidate, setup.tokens, rewrites)
    others: list[Score] = []
    for folder in lesson.others:
        tell("judging", 3 + len(others), steps)
        with contextlib.suppress(UnreadableError):
            others.append(gate.score(setup.model(saving.read(folder)), held_out))
    return judge(
        *tried.held_out,
        newest,
        others,
        tried.neutral,
        tried.replies,
        own_words(lesson),
        wishes,
        tried.leaks,
        flattery,
    )


def own_words(lesson: Lesson) -> list[str]:
    """How the player speaks."""
    return [one.reply for one in (*lesson.examples.train, *lesson.examples.held_out)]


def try_out(setup: Setup, lesson: Lesson, candidate: Any, half: Callable[[], None]) -> Tried:
    """Measure base and candidate, and hear what the candidate says to held-out prompts; where there are none, to
    neutral talk.

    `half()` is called once the base model is done.
    """
    tokens = setup.tokens
    held_out = tokens.rows(lesson.examples.held_out)
    overheard = [tokens.overheard(scene, turns) for scene, turns in neutral.OVERHEARD]
    bare = setup.model(None)
    score, score_neutral = gate.score(bare, held_out), gate.score(bare, overheard)
    half()
    asked = [(one.scene, one.turns) for one in lesson.examples.held_out] or neutral.OVERHEARD
    prompts = [tokens.prompt(*one) for one in asked]
    replies = gate.rehearse(candidate, tokens, prompts, setup.settings.temperature, setup.seed)
    return Tried(
        (score, gate.score(candidate, held_out)),
        (score_neutral, gate.score(candidate, overheard)),
        replies,
        _leaks(setup, lesson, candidate, replies),
    )


def _leaks(setup: Setup, lesson: Lesson, candidate: Any, replies: Sequence[str]) -> bool:
    """Whether the candidate says what is withheld from it: in its trial replies, or asked as the player was."""
    if not lesson.withheld:
        return False
    tokens = setup.tokens
    asked = [tokens.prompt(one.scene, one.turns) for one in lesson.withheld[-gate.REPLIES :]]
    more = gate.rehearse(candidate, tokens, asked, setup.settings.temperature, setup.seed)
    given = [one.answers for one in lesson.examples.train]
    given += [one.turns for one in (*lesson.examples.held_out, *lesson.withheld)]
    known = [turn.text for turns in given for turn in turns]
    known += own_words(lesson)
    known += [one.chosen for one in (*lesson.preferences.rewritten, *lesson.preferences.sent)]
    return gives_away([*replies, *more], [one.reply for one in lesson.withheld], known, tokens.has_word)


def _step(tell: Tell, what: str) -> OnStep:
    return lambda done, total: tell(what, done, total)
