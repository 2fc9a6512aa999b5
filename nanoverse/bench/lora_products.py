"""The two ways to give every row of a batch its own adapter, timed beside each other on whatever device there is.

The engine's way is a batched product, each row with its own matrices. The other stacks all adapters into one wide
matrix, multiplies every row by all of it, and masks what belongs to others: one large product, most of it thrown away.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from nanoverse.engine import lora
from nanoverse.engine.lora import GROUPS, Adapter, AdapterRows, Segment, sizes
from nanoverse.engine.shape import Shape

ROUNDS = 20

Ways = tuple[Callable[[], list[Tensor]], Callable[[], list[Tensor]]]


def figures(
    shape: Shape,
    adapters: Sequence[Adapter],
    dtype: torch.dtype,
    device: torch.device,
    now: Callable[[], float],
) -> dict[str, float]:
    """Milliseconds of all adapter products of a step of one token a row, one row for each of `adapters`."""
    ways = make(shape, adapters, dtype, device)
    ticks: list[list[float]] = [[], []]
    for _ in range(ROUNDS):  # by turns, so that other work on the machine slows both alike
        for way, taken in zip(ways, ticks, strict=True):
            began = now()
            way()
            taken.append(now() - began)
    batched, stacked = (1000 * statistics.median(taken) for taken in ticks)
    return {"lora_ms": batched, "lora_ms_stacked": stacked}


@torch.inference_mode()
def make(shape: Shape, adapters: Sequence[Adapter], dtype: torch.dtype, device: torch.device) -> Ways:
    """Both ways over the same adapters and inputs; each returns what the adapters add, by fused projection and layer,
    [rows, out] in fp32. The engine pads ranks to multiples of 8, so only at such ranks is it the same work."""
    count, rank, widths = len(adapters), adapters[0].rank, sizes(shape)
    rows = AdapterRows(shape, count, rank, dtype, device)
    for row, adapter in enumerate(adapters):
        rows.load(row, adapter)
    carried = rows.carried([Segment(0, 0, count, 1)])
    own = torch.eye(count, dtype=dtype, device=device).repeat_interleave(rank, dim=1)  # [rows, rows · rank]
    inputs = {
        group: torch.randn(count, widths[parts[0]][0], device=device).to(dtype)
        for group, parts in GROUPS.items()
    }
    ends = {
        group: [0, *torch.tensor([widths[name][1] for name in parts]).cumsum(0).tolist()]
        for group, parts in GROUPS.items()
    }
    a = {
        group: torch.cat([torch.cat([one.a[name] for one in adapters], 2) for name in parts], 2).to(device)
        for group, parts in GROUPS.items()
    }
    b = {name: torch.cat([one.b[name] for one in adapters], 1).to(device) for name in widths}

    @torch.inference_mode()
    def batched() -> list[Tensor]:
        found = []
        for layer in range(shape.layers):
            for group in GROUPS:
                y = torch.zeros(count, ends[group][-1], device=device)
                lora.add(carried[group], layer, inputs[group], y)
                found.append(y)
        return found

    @torch.inference_mode()
    def stacked() -> list[Tensor]:
        found = []
        for layer in range(shape.layers):
            for group, parts in GROUPS.items():
                y = torch.zeros(count, ends[group][-1], device=device)
                lows = (inputs[group] @ a[group][layer]).chunk(len(parts), dim=1)
                for low, name, (start, end) in zip(lows, parts, pairwise(ends[group]), strict=True):
                    y[:, start:end] += (low * own) @ b[name][layer]
                found.append(y)
        return found

    return batched, stacked
