"""RMSNorm in fp32. Source: Zhang & Sennrich, arXiv 1910.07467; Gemma stores the scale less one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class Norm:
    """x / sqrt(mean(x²) + eps) * (1 + weight) over the last dimension."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        """weight: [..., width] of any dtype; leading dimensions are those before the last of the inputs."""
        self._scale = 1 + weight.float()
        self._width, self._eps = weight.shape[-1], eps
        # The same in terms of the length of x, |x|² = width · mean(x²): half as many passes where torch has no
        # fused kernel, which is on a CPU.
        self._floor = torch.tensor((eps * self._width) ** 0.5, device=weight.device)
        self._longest = self._scale * self._width**0.5

    @property
    def bound(self) -> float:
        """The largest length that an output can have."""
        return float(self._longest.abs().max())

    def __call__(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu":
            return F.rms_norm(x, (self._width,), None, self._eps) * self._scale
        return (x / self._length(x)).mul_(self._longest)

    def added(self, x: Tensor, y: Tensor) -> Tensor:
        """x + the norm of y."""
        if x.device.type != "cpu":
            return x + self(y)
        return torch.addcdiv(x, y * self._longest, self._length(y))

    def _length(self, x: Tensor) -> Tensor:
        return torch.hypot(torch.linalg.vector_norm(x, dim=-1, keepdim=True), self._floor)
