"""`x @ w.T`, fast for few rows on a CPU and safe in fp16.

On a CPU a GEMM repacks the whole weight on every call, which at 1 to 8 rows costs two to three times what reading
it does; the same product cut into a batch of small ones is not repacked. In fp16 activations of Gemma-3 pass 65,504;
an input is therefore shrunk by a power of two, which is exact, and the fp32 result grown back.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

FEW_ROWS, BLOCK = 8, 64
# No partial sum of an fp16 product is let past this (a quarter of the largest fp16: rounding, and the adapter's share).
SAFE = 16384.0


def matmul(x: Tensor, weight: Tensor) -> Tensor:
    """x [n, in], weight [out, in] -> [n, out], in the dtype of both."""
    rows, width = x.shape
    if rows > FEW_ROWS or x.device.type != "cpu" or x.dtype != torch.float32:
        return F.linear(x, weight)
    height = weight.shape[0]
    if height % BLOCK:
        return F.linear(x, weight)
    blocks = weight.view(height // BLOCK, BLOCK, width)
    columns = x.t().expand(height // BLOCK, width, rows)
    return torch.bmm(blocks, columns).view(height, rows).t().contiguous()


class Linear:
    """A weight [out, in] of any dtype applied to fp32 activations."""

    def __init__(self, weight: Tensor, bound: float | None) -> None:
        """bound: the largest length that an input can have, or None where it must be measured; for fp16 only."""
        self.weight = weight
        # |y| <= |x| · |row of the weight|, and |x| itself must fit.
        self._risk = max(_longest_row(weight), 1.0) / SAFE
        self._power = None if bound is None else 2.0 ** max(0, math.ceil(math.log2(bound * self._risk)))

    def narrow(self, x: Tensor) -> tuple[Tensor, Tensor | float]:
        """x [n, in] fp32 -> (x in the weight's dtype, divided by a power of two; that power of two)."""
        if self.weight.dtype == torch.float32:
            return x, 1.0
        if self.weight.dtype != torch.float16:
            return x.to(self.weight.dtype), 1.0
        if self._power is not None:
            return (x if self._power == 1.0 else x / self._power).half(), self._power
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        powers = (length * self._risk).clamp_(min=1).log2_().ceil_().exp2_()
        return (x / powers).half(), powers


def _longest_row(weight: Tensor) -> float:
    """0 unless fp16, where alone it is needed: it reads all of the weight."""
    if weight.dtype != torch.float16:
        return 0.0
    return max(
        float(torch.linalg.vector_norm(part.float(), dim=1).max()) for part in torch.split(weight, 16384)
    )
