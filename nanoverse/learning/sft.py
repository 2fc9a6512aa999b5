"""Supervised training of one adapter on what one player said, with trl and peft.

Always from the base model and on the whole window: a night's adapter is never built on the last one's, so a message
that has been deleted leaves no trace. Same base, rows, settings and seed give the same tensors, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from nanoverse.learning import adapter, keeping, views
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.keeping import Kept
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import IGNORED, Row, padded, reply_nats
from nanoverse.learning.trl_frame import BATCH, OnStep, arguments, watch, within_memory

SORTED = 16  # batches whose rows are sorted by length together


def train(setup: Setup, said: Sequence[Sequence[Row]], on_step: OnStep) -> AdapterState:
    """A new adapter from what was said, each time in one of its views; raises `ValueError` if the training diverges."""
    from trl.trainer.sft_config import SFTConfig

    base, settings = setup.base, setup.settings
    rows = [row for one in said for row in one]
    order = schedule([[len(row) for row in one] for one in said], settings.sft_epochs, setup.seed)
    kept = Kept(base, rows, BATCH, setup.stop)
    kind = _trainer()

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        made = kind(
            model=model,
            args=arguments(
                SFTConfig,
                setup,
                scratch,
                settings.sft_learning_rate,
                batch,
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=_dataset(rows, order),
            data_collator=_collate,
            processing_class=setup.tokens.tokenizer,
            callbacks=[watch(on_step)],
        )
        made.head, made.kept = base.lm_head, kept
        return made

    return within_memory(setup, lambda: adapter.fresh(base, settings.sft_rank, setup.seed), trainer)


def _trainer() -> Any:
    from trl.trainer.sft_trainer import SFTTrainer

    class Keeping(SFTTrainer):
        """Adds what keeps the adapter from changing more than the player's words. The loss is trl's, but only what is
        said goes through the head: on a CPU trl takes all of a row through it, and twice, which is a third of a lesson.
        """

        head: Any
        kept: Kept

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            hidden = adapter.hidden_states(model, inputs["input_ids"], inputs["attention_mask"])
            nats = reply_nats(self.head, hidden, inputs["labels"])
            # Both are a share of the step's, however many goes the step is made of.
            words = nats.sum() / (len(nats) if num_items_in_batch is None else num_items_in_batch)
            return words + keeping.WEIGHT / BATCH * self.kept.divergence(inputs["row"].tolist(), hidden)

    return Keeping


def schedule(lengths: Sequence[Sequence[int]], epochs: float, seed: int) -> list[int]:
    """Which row comes when, over all epochs: in random order, but with rows of like length in one batch.

    `lengths`: of the views of each thing that was said; rows are numbered over all of them. Padding is wasted work.
    Sorting stretches of `SORTED` batches by length and shuffling the batches of each leaves little of it; only the very
    last batch can be short, so none shifts the ones behind it.
    """
    generator = np.random.default_rng(seed)
    sequence = np.array(views.order([len(one) for one in lengths], epochs, generator))
    length = np.array([each for one in lengths for each in one])
    order: list[int] = []
    for start in range(0, len(sequence), SORTED * BATCH):
        stretch = sequence[start : start + SORTED * BATCH]
        stretch = stretch[np.argsort(length[stretch], kind="stable")]
        full = len(stretch) // BATCH
        for k in generator.permutation(full):
            order += [int(i) for i in stretch[k * BATCH : (k + 1) * BATCH]]
        order += [int(i) for i in stretch[full * BATCH :]]
    return order


def _dataset(rows: Sequence[Row], order: Sequence[int]) -> Any:
    from datasets import Dataset

    shown = [rows[i] for i in order]
    return Dataset.from_dict(
        {"input_ids": [row.ids for row in shown], "labels": [row.labels for row in shown], "row": list(order)}
    )


def _collate(batch: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Rows padded on the right to the longest of them, `[rows, longest]` each, and which rows they are."""
    ids, mask = padded([one["input_ids"] for one in batch])
    labels, _ = padded([one["labels"] for one in batch], IGNORED)
    numbers = torch.tensor([one["row"] for one in batch])
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "row": numbers}
