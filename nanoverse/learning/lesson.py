"""One player's lesson, from what they said to a judged adapter. It runs in the training thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanoverse.config import Settings
from nanoverse.learning import adapter, dpo, gate, sft
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.cleaning import unfit
from nanoverse.learning.examples import Examples
from nanoverse.learning.gate import Verdict
from nanoverse.learning.material import Preferences
from nanoverse.learning.rows import Tokens

Report = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one player's adapter is made from; `live` is the adapter to be replaced, if there is one."""

    examples: Examples
    preferences: Preferences
    live: AdapterState | None
    seed: int


def teach(
    lesson: Lesson, base: Any, tokenizer: Any, settings: Settings, stop: threading.Event, report: Report
) -> tuple[AdapterState, Verdict]:
    """Train and judge: words first, then the picks of others, then the owner's rewrites, which have the last say.

    Raises `Stopped` once `stop` is set and `ValueError` if the training diverges.
    """
    tokens = Tokens(tokenizer, settings.prompt_tokens)
    rewrites = [one for one in lesson.preferences.rewrites if unfit(one.reply) is None]
    rows = tokens.rows([*lesson.examples.train, *rewrites])
    state = sft.train(base, tokens, rows, settings, stop, _step(report, "words"), lesson.seed)
    for what, pairs, supervised in (
        ("picks", dpo.usable(lesson.preferences.picked), False),
        ("rewrites", dpo.usable(lesson.preferences.rewritten), True),
    ):
        if pairs:
            state = dpo.train(
                base, state, tokens, pairs, supervised, settings, stop, _step(report, what), lesson.seed
            )

    held_out = tokens.rows(lesson.examples.held_out)
    adapters = [state] + ([lesson.live] if lesson.live else [])
    models = [adapter.twin(base), *(adapter.attach(base, one) for one in adapters)]
    scores: list[gate.Score] = []
    for model in models:
        report("judging", len(scores), len(models))
        scores.append(gate.score(interruptible(model, stop), held_out))
    return state, gate.judge(*scores)


def _step(report: Report, what: str) -> sft.Progress:
    return lambda done, total: report(what, done, total)
