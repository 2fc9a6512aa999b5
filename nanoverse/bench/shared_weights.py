"""Whether training copies the base model: every tensor of the process that holds one of its weights a second time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import torch

LOOKS = 5  # each takes a while, and with the interpreter held


def duplicated_bytes(base: Any) -> int:
    """Bytes of tensors that hold what a weight of `base` holds, in memory of their own."""
    weights = list(base.parameters())
    own = {weight.untyped_storage().data_ptr() for weight in weights}
    by_shape: dict[torch.Size, list[torch.Tensor]] = {}
    for weight in weights:
        if bool((weight == weight.flatten()[0]).all()):
            continue  # one number throughout, as a norm that was never trained: many a tensor is like that
        by_shape.setdefault(weight.shape, []).append(weight)
    copies: dict[int, int] = {}
    gc.unfreeze()  # a lesson has all that there is frozen before its first step, and what is frozen is not told
    everything = gc.get_objects()
    gc.freeze()
    for found in everything:
        if type(found) not in (torch.Tensor, torch.nn.Parameter) or found.shape not in by_shape:
            continue
        if found.layout is not torch.strided:  # packed: the engine's, for its products on a CPU
            continue
        memory = found.untyped_storage().data_ptr()
        if memory not in own and any(_same(found, weight) for weight in by_shape[found.shape]):
            copies[memory] = found.nbytes
    return sum(copies.values())


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.device == other.device and torch.equal(one.float(), other.float())


async def most_while(work: asyncio.Future[Any], base: Any, training: Callable[[], bool]) -> int | None:
    """The most bytes that were duplicated at the first looks while `work` went on and `training()` was true.

    None if it never was.
    """
    most: int | None = None
    looks = 0
    while not work.done() and looks < LOOKS:
        if training():
            most = max(most or 0, await asyncio.to_thread(duplicated_bytes, base))
            looks += 1
        await asyncio.wait({work}, timeout=0.5)
    return most
