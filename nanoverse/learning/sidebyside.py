"""A few prompts, answered by a new version and by the one before it or, without one, the base model: what a player is
shown of a night's change.

Made in the training thread, right after the gate, and stored; nothing is generated when somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.examples import Example
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.memory import fewer_at_once
from nanoverse.learning.rows import Tokens
from nanoverse.learning.writing import written

PROMPTS = 5
REPLY_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Sample:
    """What `speaker` said, and the likeliest answers of the version before ("" stands for none) and of the new one."""

    speaker: str
    heard: str
    before: str
    after: str


def samples(
    setup: Setup, held_out: Sequence[Example], before: AdapterState | None, after: AdapterState
) -> tuple[Sample, ...]:
    """The newest `PROMPTS` things that the player answered and no training saw, answered by both.

    Without a version before, the base model is what it is held against.
    """
    asked: dict[str, Example] = {}
    for one in reversed(held_out):
        if one.answers and len(asked) < PROMPTS:
            asked.setdefault(one.turns[-1].text, one)
    if not asked:
        return ()
    prompts = [setup.tokens.prompt(one.scene, one.turns) for one in asked.values()]
    said, says = (_answers(setup.model(state), setup.tokens, prompts) for state in (before, after))
    return tuple(
        Sample(one.turns[-1].speaker, heard, old, new)
        for (heard, one), old, new in zip(asked.items(), said, says, strict=True)
    )


def _answers(model: Any, tokens: Tokens, prompts: Sequence[Sequence[int]]) -> list[str]:
    """The likeliest answer to each prompt."""

    def attempt(at_once: int) -> list[str]:
        batches = [prompts[start : start + at_once] for start in range(0, len(prompts), at_once)]
        return [answer for some in batches for answer in written(model, tokens, some, REPLY_TOKENS)]

    return fewer_at_once(PROMPTS, attempt)
