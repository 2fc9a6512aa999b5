"""Supervised training of one adapter on what one player said, with trl and peft.

Always from the base model and on the whole window: a night's adapter is never built on the last one's, so a message
that has been deleted leaves no trace. Same base, rows, settings and seed give the same tensors, bit for bit.
"""

from __future__ import annotations

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
from nanoverse.learning.memory import fewer_at_once
from nanoverse.learning.rows import IGNORED, Row, Tokens, padded, reply_nats

BATCH = 4  # rows for a step
SORTED = 16  # batches whose rows are sorted by length together
WARMUP = (
    0.1  # share of the steps in which the learning rate rises; after that it falls in a straight line to zero
)

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
        """Adds what keeps the adapter from changing more than the player's words. The loss is trl's, but only what is
        said goes through the head: on a CPU trl takes all of a row through it, and twice, which is a third of a lesson.
        """

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            hidden = adapter.hidden_states(model, inputs["input_ids"], inputs["attention_mask"])
            nats = reply_nats(base.lm_head, hidden, inputs["labels"])
            # Both are a share of the step's, however many goes the step is made of.
            words = nats.sum() / (len(nats) if num_items_in_batch is None else num_items_in_batch)
            return words + keeping.WEIGHT / BATCH * kept.divergence(inputs["row"].tolist(), hidden)

    def trainer(model: Any, batch: int, scratch: str) -> Any:
        return Keeping(
            model=model,
            args=on_one_card(
                SFTConfig(
                    **common_arguments(base, scratch, settings.sft_learning_rate, seed, batch),
                    max_length=None,
                    dataset_kwargs={"skip_prepare_dataset": True},
                )
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

    def attempt(batch: int) -> AdapterState:
        model = interruptible(untrained(), stop)
        with tempfile.TemporaryDirectory(prefix="nanoverse-training-") as scratch:
            run(trainer(model, batch, scratch))
        return adapter.extract(model)

    return fewer_at_once(BATCH, attempt)


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
        # A card that serves as well has time rather than memory: 4 rows of the 1B would keep some 6 GB otherwise.
        "activation_checkpointing": recomputes(base.device),
        "activation_checkpointing_kwargs": {"use_reentrant": False},
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def on_one_card(arguments: Any) -> Any:
    """The same arguments: where transformers sees several cards it would train on all of them, which trl refuses."""
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def recomputes(device: torch.device) -> bool:
    """Whether activations are computed again on the way back instead of kept (Chen et al., arXiv 1604.06174)."""
    return device.type == "cuda"


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
