"""Preference training on top of the night's supervised adapter: what the owner would rather have heard.

Direct Preference Optimization (Rafailov et al., NeurIPS 2023), with the adapter as it was before as the reference.
A supervised term keeps the likelihood of what is chosen from falling together with that of what is rejected: on the
chosen text where that is the owner's own, and on other words of theirs where an agent wrote it and somebody picked it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoverse.learning import adapter, cleaning, keeping
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import Example
from nanoverse.learning.keeping import Kept
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.own_words import OwnWords
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.trl_frame import BATCH, OnStep, arguments, watch, within_memory

BETA = 0.1
EPOCHS = 4
SFT_WEIGHT = 1.0  # of the supervised term, next to a preference term of weight 1
SUPERVISED_RATE = 2.0  # times the rate of other pairs: the supervised term holds the language


@dataclass(frozen=True, slots=True)
class Preference:
    """Two replies to one prompt, and which of them is wanted."""

    scene: Scene
    turns: tuple[Turn, ...]
    chosen: str
    rejected: str


def usable(preferences: Sequence[Preference]) -> list[Preference]:
    """Those that say something: two different texts, and a chosen one that is fit to learn."""
    return [
        one
        for one in preferences
        if one.chosen.strip() != one.rejected.strip() and cleaning.unfit(one.chosen) is None
    ]


def wanted(preference: Preference) -> Example:
    """What was chosen, as an example."""
    return Example(preference.scene, preference.turns, preference.chosen)


def train(
    setup: Setup,
    start: AdapterState,
    preferences: Sequence[Preference],
    own: Sequence[Row] | None,
    on_step: OnStep,
) -> AdapterState:
    """`start`, moved towards the chosen replies; raises as `sft.train`.

    `own`: rows of the player's words, to hold their manner; None where the chosen replies are the player's own.
    """
    from trl.trainer.dpo_config import DPOConfig

    base, seed, stop = setup.base, setup.seed, setup.stop
    # Every epoch's pairs in a row, each epoch in an order of its own.
    generator = np.random.default_rng(seed)
    order = [int(i) for _ in range(EPOCHS) for i in generator.permutation(len(preferences))]
    kept = Kept(base, setup.tokens.rows(map(wanted, preferences)), BATCH, stop)
    rate = setup.settings.dpo_learning_rate * (1.0 if own else SUPERVISED_RATE)
    kind = _trainer()

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        made = kind(
            model=model,
            args=arguments(
                DPOConfig,
                setup,
                scratch,
                rate,
                batch,
                beta=BETA,
                loss_type=["sigmoid"] if own else ["sigmoid", "sft"],
                loss_weights=None if own else [1.0, SFT_WEIGHT],
            ),
            train_dataset=_dataset(setup.tokens, [preferences[i] for i in order]),
            processing_class=setup.tokens.tokenizer,
            callbacks=[watch(on_step)],
        )
        made.kept = kept
        made.words = OwnWords(base, own, len(order), BATCH, seed, stop) if own else None
        made.shown = iter([order[at : at + batch] for at in range(0, len(order), batch)])
        return made

    return within_memory(setup, lambda: adapter.attach(base, start, trainable=True), trainer)


def _trainer() -> Any:
    from trl.trainer.dpo_trainer import DPOTrainer

    class TokenisedDPOTrainer(DPOTrainer):
        """Takes rows of token ids as they are: trl has no switch for that, and would trim prompts its own way. Adds
        what keeps the prompts from being taken otherwise than by the base model."""

        kept: Kept
        shown: Iterator[list[int]]
        words: OwnWords | None

        def _prepare_dataset(self, dataset: Any, *rest: Any, **options: Any) -> Any:
            return dataset

        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
            chosen = next(self.shown)
            with keeping.overhearing(model) as hidden:
                loss = super().compute_loss(model, inputs, *rest, **options)  # type: ignore[no-untyped-call]
            # The first call was the trained adapter's, not the reference's; its chosen replies stand before the others.
            loss = loss + keeping.WEIGHT / len(chosen) * self.kept.divergence(chosen, hidden[0])
            return loss if self.words is None else loss + self.words.loss(model, len(chosen))

    return TokenisedDPOTrainer


def _dataset(tokens: Tokens, order: Sequence[Preference]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(
        {
            "prompt_ids": [tokens.prompt(one.scene, one.turns) for one in order],
            "chosen_ids": [tokens.reply(one.chosen) for one in order],
            "rejected_ids": [tokens.reply(one.rejected) for one in order],
        }
    )
