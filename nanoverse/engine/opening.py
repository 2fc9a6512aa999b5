"""What the engine is opened with: a device, a dtype, a model, and room for conversations in the memory beside it."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .device import broken, free_memory, out_of_memory
from .errors import DeviceError, ModelError
from .gemma import kept_twice
from .kv import KVCache
from .lora import AdapterRows

log = logging.getLogger(__name__)

# Of the memory that the weights leave, what slots may take, keys and values and the room for an adapter; what adapters
# of a higher rank have beyond it and a step's own tensors need some, too.
SLOT_SHARE = 1 / 2
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the engine takes on.

    slots: how many requests run at once, fewer if they would take more than SLOT_SHARE of the memory that is left
    beside the weights. context: most tokens of prompt and answer together, fewer if the model knows fewer positions.
    adapter_rank: every slot has room for an adapter of this rank from the start, and finds more for one of a higher
    rank while it is there. host_adapters: adapters kept in host memory, fewer if they are large (see `HostCache`).
    threads: cores for the tensor work of the engine's thread. queue_limit: requests that may wait before `EngineBusy`.
    """

    slots: int
    context: int
    adapter_rank: int
    host_adapters: int
    threads: int
    queue_limit: int = 64

    def __post_init__(self) -> None:
        if self.slots < 1 or self.context < 2:
            raise ValueError(f"There is no answer in {self.slots} conversations of {self.context} tokens.")


def read_model(
    folder: Path, dtype: torch.dtype, device: torch.device, limits: Limits
) -> tuple[Checkpoint, Limits]:
    """The model in `folder`, and `limits` as far as it and the memory beside it allow.

    Raises ModelError if it cannot be used, DeviceError if there is no memory for even one conversation.
    """
    checkpoint = checkpoints.load(folder, dtype, device)
    context = min(checkpoint.shape.max_positions, limits.context)
    slots = min(limits.slots, _slots_that_fit(checkpoint, context, limits.adapter_rank))
    if slots < limits.slots:
        log.warning("there is memory for %d requests at once, not for %d", slots, limits.slots)
    return checkpoint, dataclasses.replace(limits, slots=slots, context=context)


def _slots_that_fit(checkpoint: Checkpoint, context: int, adapter_rank: int) -> int:
    embed = checkpoint.weights.embed
    free = free_memory(embed.device)
    if free is None:
        return sys.maxsize
    if kept_twice(checkpoint.weights):
        free = max(0, free - checkpoint.weights.bytes)
    shape, kind = checkpoint.shape, (embed.dtype, torch.device("meta"))
    one = KVCache(shape, 1, context, *kind).bytes + AdapterRows(shape, 1, adapter_rank, *kind).bytes
    slots = int(free * SLOT_SHARE) // one
    if not slots:
        raise DeviceError(
            f"There is too little memory on {embed.device} for a conversation of {context} tokens: it takes "
            f"{one / 1e9:.2f} GB, and half of the {free / 1e9:.2f} GB that are free is for everything else. "
            "Choose shorter prompts or a smaller model."
        )
    return slots


@contextlib.contextmanager
def usable(where: torch.device, source: Path) -> Iterator[None]:
    """Says it in a sentence where a model finds too little memory, or cannot be computed."""
    try:
        yield
    except Exception as error:
        if out_of_memory(error):
            raise DeviceError(
                f"There is too little memory on {where} for {source}: choose a smaller model, or end what else uses it."
            ) from error
        if broken(error):
            what = str(error).splitlines()[0]  # what follows is torch's advice to programmers
            raise DeviceError(f"The device {where} cannot compute the model ({what}).") from error
        raise


def choose_device(name: str) -> torch.device:
    """Of several cards the first that is visible, as for the training: see CUDA_VISIBLE_DEVICES."""
    if name not in ("auto", "cpu", "cuda"):
        raise ModelError(f"The engine runs on cpu, cuda or auto, not on {name!r}.")
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("There is no CUDA device here that PyTorch can use: choose the device cpu or auto.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        if device.type == "cpu":
            return torch.float32
        # bf16 is emulated, slowly, on cards before Ampere.
        return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    if name not in DTYPES:
        raise ModelError(f"The engine computes in {', '.join(DTYPES)} or auto, not in {name!r}.")
    return DTYPES[name]


def read_tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    if not (folder / "tokenizer.json").is_file():  # transformers would make up an empty one
        raise ModelError(f"{folder} holds no tokenizer.json.")
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # transformers raises many types here, none of them its own
        raise ModelError(f"{folder} holds no tokenizer that can be read ({error}).") from error
