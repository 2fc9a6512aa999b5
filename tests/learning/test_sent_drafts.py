"""What an owner makes of a draft before they send it is preferred to the draft, and told among their words once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import torch
from tiny_talker import talk, tokenizer

from nanoverse.config import Settings
from nanoverse.learning import adapter, gate
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example, Examples
from nanoverse.learning.lesson import Lesson, Taught, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.rows import Tokens

SETTINGS = Settings(sft_rank=4, sft_epochs=2, sft_learning_rate=5e-3, dpo_learning_rate=2e-3)
SAID = Examples(tuple(talk(12)), tuple(talk(3, start=50)))


def drafted(one: Example) -> Preference:
    """The agent's draft was changed to what the player then said."""
    return Preference(one.scene, one.turns, one.reply, f"{one.reply.split()[0]} good day to you")


def lesson(base: Any, sent: Sequence[Preference]) -> tuple[Taught, dict[str, int]]:
    """What is taught, and the steps of each part."""
    steps: dict[str, int] = {}

    def tell(what: str, done: int, total: int) -> None:
        steps[what] = total

    given = Lesson(SAID, Preferences((), (), (), tuple(sent)), (), None, ())
    setup = Setup(base, Tokens(tokenizer(), SETTINGS.prompt_tokens), SETTINGS, threading.Event(), seed=1)
    return teach(setup, given, tell), steps


def equal(one: AdapterState, other: AdapterState) -> bool:
    return all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


def margin(base: Any, tokens: Tokens, state: AdapterState) -> float:
    unseen = [drafted(one) for one in talk(6, start=200)]
    model = adapter.attach(base, state)
    chosen, rejected = (
        gate.score(model, tokens.rows([Example(one.scene, one.turns, text(one)) for one in unseen]))
        for text in (lambda one: one.chosen, lambda one: one.rejected)
    )
    return float((rejected.nll - chosen.nll).mean())


def test_what_was_sent_is_preferred_to_the_draft_and_told_among_the_words_no_more_than_it_is(
    base: Any, tokens: Tokens
) -> None:
    without, steps = lesson(base, ())
    taught, more = lesson(base, [drafted(one) for one in SAID.train])
    assert margin(base, tokens, taught.state) > margin(base, tokens, without.state) + 2
    assert set(more) - set(steps) == {"rewrites"} and more["words"] == steps["words"]


def test_many_of_them_are_no_wish_for_another_manner(base: Any) -> None:
    """They are how the player speaks, in the words that the adapter is fitted to and judged by."""
    taught, _ = lesson(base, [drafted(one) for one in talk(30)])
    assert taught.figures[0].startswith("strength") and taught.verdict.wishes is None


def test_those_that_are_held_out_are_not_trained_on(base: Any) -> None:
    without, _ = lesson(base, ())
    taught, _ = lesson(base, [drafted(one) for one in SAID.held_out])
    assert equal(taught.state, without.state)
