"""Supervised training of one adapter on what one player said, with trl and peft.

Always from the base model and on the whole window: a night's adapter is never built on the last one's, so a message
that has been deleted leaves no trace. Same base, rows, settings and seed give the same tensors, bit for bit.
"""

from __future__ import annotations

import contextlib
import logging
import math
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from nanoverse.config import Settings
from nanoverse.learning import adapter, keeping
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.keeping import Kept
from nanoverse.learning.rows import IGNORED, Row, Tokens, padded

BATCH = 4  # rows for a step
SORTED = 16  # batches whose rows are sorted by length together
WARMUP = (
    0.1  # share of the steps in which the learning rate rises; after that it falls in a straight line to zero
)

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # steps done, steps in all; called in the training thread


def train(
    base: Any,
    tokens: Tokens,
    rows: Sequence[Row],
    settings: Settings,
    stop: threading.Event,
    progress: Progress,
    seed: int = 0,
) -> AdapterState:
    """A new adapter for `base` (a frozen Gemma3ForCausalLM, left as it is) from these rows.

    Raises `Stopped` once `stop` is set, and `ValueError` if the training diverges.
    """
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    order = schedule([len(row) for row in rows], settings.sft_epochs, seed)
    kept = Kept(base, rows, BATCH, stop)

    class Keeping(SFTTrainer):
        """Adds what keeps the adapter from changing more than the player's words; trl computes the loss of those."""

        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
            chosen = inputs.pop("row").tolist()
            with keeping.overhearing(model) as hidden:
                loss = super().compute_loss(model, inputs, *rest, **options)  # type: ignore[no-untyped-call]
            # Like trl's loss this is a share of the step's, however many goes the step is made of.
            return loss + keeping.WEIGHT / BATCH * kept.divergence(chosen, hidden[0])

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        return Keeping(
            model=model,
            args=SFTConfig(
                **common_arguments(base, scratch, settings.sft_learning_rate, seed, batch),
                max_length=None,
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=_dataset(rows, order),
            data_collator=_collate_numbered,
            processing_class=tokens.tokenizer,
            callbacks=[watch(progress)],
        )

    return within_memory(lambda: adapter.fresh(base, settings.sft_rank, seed), trainer, stop)


def within_memory(
    untrained: Callable[[], Any], trainer: Callable[[Any, int, str], Any], stop: threading.Event
) -> AdapterState:
    """What `trainer(model, batch, scratch folder)` makes of a model that `untrained()` gives, with batches of this many
    rows: `BATCH`, and half as many as long as the memory does not suffice. A step still takes `BATCH` rows, in
    several goes, so the adapter is the same but for rounding."""
    batch, model = BATCH, None
    while True:
        try:
            model = interruptible(untrained(), stop)
            with tempfile.TemporaryDirectory(prefix="nanoverse-training-") as scratch:
                run(trainer(model, batch, scratch))
            return adapter.extract(model)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
        model = None  # and with it goes what the failed attempt held
        batch //= 2
        _log.warning("Not enough memory to train on %d rows at once; trying %d.", 2 * batch, batch)
        if torch.cuda.is_available():
            with contextlib.suppress(RuntimeError):  # while the engine records a step, torch refuses
                torch.cuda.empty_cache()


def schedule(lengths: Sequence[int], epochs: float, seed: int) -> list[int]:
    """Which row comes when, over all epochs: in random order, but with rows of like length in one batch.

    Padding is wasted work. Sorting stretches of `SORTED` batches by length and shuffling the batches of each leaves
    little of it; only the very last batch can be short, so none shifts the ones behind it.
    """
    generator = np.random.default_rng(seed)
    wanted = max(1, round(epochs * len(lengths)))
    epochs_of_rows = [generator.permutation(len(lengths)) for _ in range(math.ceil(epochs))]
    sequence = np.concatenate(epochs_of_rows)[:wanted]
    order: list[int] = []
    for start in range(0, wanted, SORTED * BATCH):
        stretch = sequence[start : start + SORTED * BATCH]
        stretch = stretch[np.argsort(np.asarray(lengths)[stretch], kind="stable")]
        full = len(stretch) // BATCH
        for k in generator.permutation(full):
            order += [int(i) for i in stretch[k * BATCH : (k + 1) * BATCH]]
        order += [int(i) for i in stretch[full * BATCH :]]
    return order


def common_arguments(base: Any, scratch: str, learning_rate: float, seed: int, batch: int) -> dict[str, Any]:
    """What every trainer of ours is told: one pass in the given order, `batch` rows at once and `BATCH` for a step,
    nothing written, nothing logged."""
    return {
        "output_dir": scratch,
        "per_device_train_batch_size": batch,
        "gradient_accumulation_steps": BATCH // batch,
        "learning_rate": learning_rate,
        "seed": seed,
        "num_train_epochs": 1,
        "train_sampling_strategy": "sequential",
        "lr_scheduler_type": "linear",
        "warmup_steps": WARMUP,
        "weight_decay": 0.0,
        "use_cpu": base.device.type == "cpu",
        "bf16": False,
        "gradient_checkpointing": False,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def run(trainer: Any) -> None:
    """Train without the callback that prints to the console."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    trainer.train()


def watch(progress: Progress) -> Any:
    """A trainer callback that reports each step."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> Any:
            progress(state.global_step, state.max_steps)

    return Watch()


def _dataset(rows: Sequence[Row], order: Sequence[int]) -> Any:
    from datasets import Dataset

    shown = [rows[i] for i in order]
    return Dataset.from_dict(
        {"input_ids": [row.ids for row in shown], "labels": [row.labels for row in shown], "row": list(order)}
    )


def _collate_numbered(batch: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return collate(batch) | {"row": torch.tensor([row["row"] for row in batch])}


def collate(batch: Sequence[dict[str, Sequence[int]]]) -> dict[str, torch.Tensor]:
    """Rows padded on the right to the longest of them; `[rows, longest]` each."""
    ids, mask = padded([row["input_ids"] for row in batch])
    labels, _ = padded([row["labels"] for row in batch], IGNORED)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}
