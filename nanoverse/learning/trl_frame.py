"""What our trainings with trl have in common, whatever they train on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

import torch

from nanoverse.learning import adapter
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.memory import fewer_at_once

BATCH = 4  # rows for a step
WARMUP = 0.1  # share of the steps in which the learning rate rises; then it falls in a straight line to zero

OnStep = Callable[[int, int], None]  # steps done, steps in all; called in the training thread


def within_memory(
    setup: Setup, untrained: Callable[[], Any], trainer: Callable[[Any, int, str], Any]
) -> AdapterState:
    """What `trainer(model, batch, scratch folder)` makes of a model that `untrained()` gives, with batches of this many
    rows: `BATCH`, and half as many as long as the memory does not suffice. A step still takes `BATCH` rows, in
    several goes, so the adapter is the same but for rounding."""

    def attempt(batch: int) -> AdapterState:
        model = interruptible(untrained(), setup.stop)
        adapter.causal(model).set_attn_implementation(attention(setup.base.device))
        with tempfile.TemporaryDirectory(prefix="nanoverse-training-") as scratch:
            _run(trainer(model, batch, scratch))
        return adapter.extract(model)

    return fewer_at_once(BATCH, attempt)


def arguments(
    config: Callable[..., Any], setup: Setup, scratch: str, learning_rate: float, batch: int, **more: Any
) -> Any:
    """What every trainer of ours is told, and `more`: one pass in the given order, `batch` rows at once and `BATCH` for
    a step, nothing cut off, nothing written, nothing logged."""
    device = setup.base.device
    made = config(
        output_dir=scratch,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=BATCH // batch,
        learning_rate=learning_rate,
        seed=setup.seed,
        max_length=None,
        num_train_epochs=1,
        train_sampling_strategy="sequential",
        lr_scheduler_type="linear",
        warmup_steps=WARMUP,
        weight_decay=0.0,
        use_cpu=device.type == "cpu",
        bf16=False,
        # A card that serves as well has time rather than memory: 4 rows of the 1B would keep some 6 GB otherwise.
        activation_checkpointing=recomputes(device),
        activation_checkpointing_kwargs={"use_reentrant": False},
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        **more,
    )
    return on_one_card(made)


def on_one_card(arguments: Any) -> Any:
    """The same arguments: where transformers sees several cards it would train on all of them, which trl refuses."""
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def recomputes(device: torch.device) -> bool:
    """Whether activations are computed again on the way back instead of kept (Chen et al., arXiv 1604.06174)."""
    return device.type == "cuda"


def attention(device: torch.device) -> str:
    """How transformers is to compute it. On a card torch's fused kernel adds up the gradients of a query in the order
    in which its blocks happen to end, and the same lesson would never give the same adapter twice (torch,
    `use_deterministic_algorithms`, which is for the whole process and so for the engine, too)."""
    return "eager" if device.type == "cuda" else "sdpa"


def watch(on_step: OnStep) -> Any:
    """A trainer callback that tells of each step."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> Any:
            on_step(state.global_step, state.max_steps)

    return Watch()


def _run(trainer: Any) -> None:
    """Train without the callback that prints to the console."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    trainer.train()
