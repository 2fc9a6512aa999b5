"""`x @ w.T`, fast for few rows on a CPU and safe in fp16.

On a CPU a GEMM repacks the whole weight on every call, which at 1 to 8 rows costs two to three times what reading
it does; the same product cut into a batch of small ones is not repacked. In fp16 activations of Gemma-3 pass 65,504;
an input is therefore shrunk by a power of two, which is exact, and the fp32 result grown back.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Linear:
    """A weight [out, in] of any dtype applied to fp32 activations.

    `reach`: the largest length of a row of the weight. `bound`: the largest length an input can have, or None where
    it must be measured. Both matter to fp16 only.
    """

    weight: Tensor
    reach: float
    bound: float | None

    def narrow(self, x: Tensor) -> tuple[Tensor, Tensor | float]:
        """x [n, in] fp32 -> (x in the weight's dtype, divided by a power of two; that power of two)."""
        if self.weight.dtype == torch.float32:
            return x, 1.0
        if self.weight.dtype != torch.float16:
            return x.to(self.weight.dtype), 1.0
        if self.bound is not None:
            limit = torch.tensor(self.bound * max(self.reach, 1.0) / SAFE)
            power = float(limit.clamp(min=1).log2().ceil().exp2())
            return (x if power == 1.0 else x / power).half(), power
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        powers = (length * (max(self.reach, 1.0) / SAFE)).clamp_(min=1).log2_().ceil_().exp2_()
        return (x / powers).half(), powers


def reach(weight: Tensor) -> float:
    """Length of the longest row of `weight`; 0 unless fp16, where alone it is needed."""
    if weight.dtype != torch.float16:
        return 0.0
    return max(
        float(torch.linalg.vector_norm(part.float(), dim=1).max()) for part in torch.split(weight, 16384)
    )
