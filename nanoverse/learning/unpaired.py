"""Training on likes and dislikes of single replies, on top of the night's other steps.

APO-zero, unpaired (D'Oosterlinck et al., Anchored Preference Optimization, 2024): what was liked becomes likelier than
the adapter made it before the step, what was disliked less likely. A supervised term on the player's own words keeps
their manner; a reply that an agent wrote is preferred, but never a target.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nanoverse.config import Settings
from nanoverse.learning import adapter, keeping
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.keeping import Kept
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.sft import BATCH, Progress, collate, common_arguments, watch, within_memory
from nanoverse.learning.votes import Judged

BETA = 0.1
EPOCHS = 2
# Of the learning rate of pairs: a vote says that a reply was wrong, not what would have been right.
RATE = 0.4
OWN_WORDS = 0.5  # weight of the supervised term beside that of the votes


def train(
    base: Any,
    start: AdapterState,
    tokens: Tokens,
    votes: Sequence[Judged],
    own: Sequence[Row],
    settings: Settings,
    stop: threading.Event,
    progress: Progress,
    seed: int = 0,
) -> AdapterState:
    """`start`, moved towards what was liked; `own` are rows of the player's words. Raises as `sft.train`."""
    from trl.trainer.kto_config import KTOConfig
    from trl.trainer.kto_trainer import KTOTrainer

    kept = Kept(base, own, BATCH, stop)

    class WithOwnWords(KTOTrainer):
        """Takes rows of token ids as they are, and adds the loss of some of the player's own words to each step, and
        what keeps their prompts from being taken otherwise than by the base model."""

        words: Iterator[list[int]]

        def _prepare_dataset(self, dataset: Any, *rest: Any, **options: Any) -> Any:
            return dataset

        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
            loss = super().compute_loss(model, inputs, *rest, **options)  # type: ignore[no-untyped-call]
            chosen = next(self.words)
            batch = collate([{"input_ids": own[i].ids, "labels": own[i].labels} for i in chosen])
            with keeping.overhearing(model) as hidden:
                words = model(**{k: v.to(model.device) for k, v in batch.items()}, use_cache=False).loss
            return (
                loss + OWN_WORDS * words + keeping.WEIGHT / len(chosen) * kept.divergence(chosen, hidden[0])
            )

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        generator = np.random.default_rng(seed)
        order = generator.permutation(len(own)).tolist()
        made = WithOwnWords(
            model=model,
            args=KTOConfig(
                **common_arguments(base, scratch, RATE * settings.dpo_learning_rate, seed, batch),
                max_length=None,
                beta=BETA,
                loss_type="apo_zero_unpaired",
            ),
            train_dataset=_dataset(tokens, votes, generator),
            processing_class=tokens.tokenizer,
            callbacks=[watch(progress)],
        )
        made.words = itertools.cycle([order[i : i + batch] for i in range(0, len(order), batch)])
        return made

    return within_memory(lambda: adapter.attach(base, start, trainable=True), trainer, stop)


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
