"""`x @ w.T`, as fast as a CPU can and safe in fp16.

torch multiplies float32 on a CPU with MKL, which repacks the whole weight on every call and knows only its maker's
newest instructions. oneDNN, which torch brings too, does better for more than `FEW_ROWS`, and much better on a weight
that it may lay out its own way; fewer rows cost what reading the weight does if they are multiplied in small blocks.
On its maker's own CPUs MKL takes one or two rows without repacking, in half of the time of small blocks, and a weight
that a core's cache holds is better left to it however many there are: a step of 32 rows of the starter takes 13 % less.

In fp16 activations of Gemma-3 pass 65,504; an input is therefore shrunk by a power of two, which is exact, and the
fp32 result grown back.
"""

from __future__ import annotations

import math
import platform
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

FEW_ROWS, BLOCK = 4, 64
# What MKL is best at on a CPU of Intel's: few rows, and weights of which a core's cache holds one (bytes).
MKL_ROWS, MKL_WEIGHT = 2, 2 * 2**20
PACKED_FOR_ROWS = 128  # a layout for many rows is as fast for few, but not the other way round
# No partial sum of an fp16 product is let past this (a quarter of the largest fp16: rounding, and the adapter's share).
SAFE = 16384.0
CPU_INFO = Path("/proc/cpuinfo")  # of Linux
_AT_ONCE = 2**24  # numbers of a weight that are widened at a time


class Linear:
    """A weight [out, in] of any dtype applied to fp32 activations.

    bound: the largest length that an input can have, or None where it must be measured; for fp16 only.
    pack: keep a second copy, laid out for speed, where there is such a layout: of float32 on a CPU.
    """

    def __init__(self, weight: Tensor, bound: float | None, *, pack: bool = False) -> None:
        self.weight = weight
        self._by_onednn = weight.device.type == "cpu" and weight.dtype == torch.float32 and _onednn()
        self._mkl_rows = 0
        if by_intel():
            self._mkl_rows = sys.maxsize if weight.nbytes <= MKL_WEIGHT else MKL_ROWS
        self._packed = (
            torch.ops.mkldnn._reorder_linear_weight(weight, PACKED_FOR_ROWS)
            if pack and self._by_onednn and self._mkl_rows < PACKED_FOR_ROWS
            else None
        )
        self._risk = risk(weight)
        self._power = None if bound is None else 2.0 ** max(0, math.ceil(math.log2(bound * self._risk)))

    @property
    def packed_bytes(self) -> int:
        """Of the second copy."""
        return 0 if self._packed is None else self.weight.nbytes

    def narrow(self, x: Tensor) -> tuple[Tensor, Tensor | float]:
        """x [n, in] fp32 -> (x in the weight's dtype, divided by a power of two; that power of two)."""
        if self.weight.dtype == torch.float32:
            return x, 1.0
        if self.weight.dtype != torch.float16:
            return x.to(self.weight.dtype), 1.0
        if self._power is not None:
            return (x if self._power == 1.0 else x / self._power).half(), self._power
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return shrunk(x, (length * self._risk).clamp_(min=1))

    def product(self, x: Tensor) -> Tensor:
        """x [n, in] in the weight's dtype, narrowed -> fp32 [n, out]."""
        if not self._by_onednn or len(x) <= self._mkl_rows:
            return F.linear(x, self.weight).float()
        if len(x) <= (FEW_ROWS if self._packed is None else 1) and len(self.weight) % BLOCK == 0:
            return _in_blocks(x, self.weight)
        weight = self.weight if self._packed is None else self._packed
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
        return y


def _onednn() -> bool:
    """Whether this torch has oneDNN's products; torch.compile uses them too, but they are in no public interface."""
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    names = ("_linear_pointwise", "_reorder_linear_weight")
    return available and all(hasattr(torch.ops.mkldnn, name) for name in names)


def by_intel() -> bool:
    """Whether Intel made the CPU, and torch was built with its MKL."""
    try:
        with CPU_INFO.open() as lines:
            maker = lines.read(1024)  # the first of its CPUs
    except OSError:
        maker = platform.processor()  # what Windows says: "Intel64 Family 6 …, GenuineIntel"
    return "GenuineIntel" in maker and torch.backends.mkl.is_available()  # type: ignore[no-untyped-call]


def _in_blocks(x: Tensor, weight: Tensor) -> Tensor:
    (rows, width), height = x.shape, len(weight)
    columns = x.t().expand(height // BLOCK, width, rows)
    return torch.bmm(weight.view(-1, BLOCK, width), columns).view(height, rows).t().contiguous()


def risk(weight: Tensor) -> float:
    """By what an input of length 1 would have to be divided: |y| <= |x| · |row of the weight|, and |x| must fit, too.
    Looked at in fp16 only, where alone it is needed: it reads all of the weight."""
    if weight.dtype != torch.float16:
        return 1 / SAFE
    parts = torch.split(weight, max(1, _AT_ONCE // weight.shape[1]))
    longest = max(float(torch.linalg.vector_norm(part.float(), dim=1).max()) for part in parts)
    return max(longest, 1.0) / SAFE


def shrunk(x: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """x [..., n] in fp16, each row divided by the least power of two from its `factor` [..., 1] (overwritten) up; those
    powers."""
    powers = factor.log2_().ceil_().exp2_()
    return (x / powers).half(), powers
