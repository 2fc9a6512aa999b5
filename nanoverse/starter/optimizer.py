"""Muon for the matrices, Adam for the rest.

Muon (K. Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural networks") replaces the momentum of a
matrix by the nearest orthogonal one, found by five Newton-Schulz steps; equal shapes are done in one batch.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest (semi-)orthogonal matrix to each of `matrices` [n, rows, columns], roughly."""
    a, b, c = 3.4445, -4.7750, 2.0315  # the published quintic
    x = matrices.bfloat16()
    wide = x.shape[-2] <= x.shape[-1]
    x = x if wide else x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    near: torch.Tensor = (x if wide else x.mT).to(matrices.dtype)
    return near


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalized; `lr` is scaled by the square root of rows over columns where rows are more."""

    def __init__(
        self, matrices: list[torch.nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.02
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            shapes: defaultdict[torch.Size, list[torch.nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                shapes[parameter.shape].append(parameter)
            for shape, same in shapes.items():
                updates = []
                for parameter in same:
                    gradient = parameter.grad
                    assert gradient is not None, "a matrix without a gradient: step before backward"
                    buffer = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
                    buffer.lerp_(gradient, 1 - group["momentum"])
                    updates.append(gradient.lerp(buffer, group["momentum"]))
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, update in zip(same, orthogonal(torch.stack(updates)), strict=True):
                    parameter.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-scale)


def optimizers(model: torch.nn.Module) -> tuple[Muon, torch.optim.Optimizer]:
    """One for the matrices of the blocks, one for the embedding and the norms."""
    matrices: list[torch.nn.Parameter] = []
    rest: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "layers" in name else rest).append(parameter)
    return Muon(matrices, lr=0.02), torch.optim.AdamW(rest, lr=3e-3, betas=(0.9, 0.98), weight_decay=0.0)
