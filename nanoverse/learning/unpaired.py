"""Training on likes and dislikes of single replies, on top of the night's other steps.

APO-zero, unpaired (D'Oosterlinck et al., Anchored Preference Optimization, 2024): what was liked becomes likelier than
the adapter made it before the step, what was disliked less likely, beside the player's own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoverse.learning import adapter
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.own_words import OwnWords
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.trl_frame import BATCH, OnStep, arguments, watch, within_memory
from nanoverse.learning.votes import Judged

BETA = 0.1
EPOCHS = 2
# Of the learning rate of pairs: a vote says that a reply was wrong, not what would have been right.
RATE = 0.4


def train(
    setup: Setup, start: AdapterState, votes: Sequence[Judged], own: Sequence[Row], on_step: OnStep
) -> AdapterState:
    """`start`, moved towards what was liked; `own` are rows of the player's words. Raises as `sft.train`."""
    from trl.trainer.kto_config import KTOConfig

    base, tokens, seed = setup.base, setup.tokens, setup.seed
    rate = RATE * setup.settings.dpo_learning_rate
    kind = _trainer()

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        dataset = _dataset(tokens, votes, np.random.default_rng(seed))
        made = kind(
            model=model,
            args=arguments(KTOConfig, setup, scratch, rate, batch, beta=BETA, loss_type="apo_zero_unpaired"),
            train_dataset=dataset,
            processing_class=tokens.tokenizer,
            callbacks=[watch(on_step)],
        )
        made.own = OwnWords(base, own, len(dataset), BATCH, seed, setup.stop)
        return made

    return within_memory(setup, lambda: adapter.attach(base, start, trainable=True), trainer)


def _trainer() -> Any:
    from trl.trainer.kto_trainer import KTOTrainer

    class WithOwnWords(KTOTrainer):
        """Takes rows of token ids as they are."""

        own: OwnWords

        def _prepare_dataset(self, dataset: Any, *rest: Any, **options: Any) -> Any:
            return dataset

        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
            loss = super().compute_loss(model, inputs, *rest, **options)  # type: ignore[no-untyped-call]
            return loss + self.own.loss(model, self.args.per_device_train_batch_size)

    return WithOwnWords


def _dataset(tokens: Tokens, votes: Sequence[Judged], generator: np.random.Generator) -> Any:
    """Every epoch's judgements in a row, each as often as it weighs, each epoch in an order of its own."""
    from datasets import Dataset

    shown = [one for one in votes for _ in range(one.weight)]
    order = [shown[i] for _ in range(EPOCHS) for i in generator.permutation(len(shown))]
    return Dataset.from_dict(
        {
            "prompt_ids": [tokens.prompt(one.scene, one.turns) for one in order],
            "completion_ids": [tokens.reply(one.reply) for one in order],
            "label": [one.liked for one in order],
        }
    )
