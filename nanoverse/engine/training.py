"""The base model as transformers and peft know it, on the engine's own memory.

Weights in half precision are multiplied in half precision, and all else is float32: activations of Gemma-3 overflow
fp16, where transformers then gives NaN, and gradients vanish in it. So nothing has to be set for a lesson, neither
autocast nor a scaled loss, and it is the same code on every device.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .checkpoint import Checkpoint, views
from .linear import risk, shrunk

_SMALLEST = 1e-30  # below this a number is nothing


def training_model(checkpoint: Checkpoint) -> Any:
    """A new `Gemma3ForCausalLM` whose parameters are views of the engine's weights, frozen.

    A trainer may wrap, patch and hook it at will, in another thread, while the engine serves: only the numbers are
    shared, and nobody writes to those. Each call returns a model of its own at the cost of its Python objects, and, for
    weights in fp16, of reading them twice. Its config names the base by fingerprint, which peft writes into every
    adapter trained on it.
    """
    from transformers import Gemma3ForCausalLM
    from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding

    with torch.device("meta"):
        model = Gemma3ForCausalLM(checkpoint.config.__class__.from_dict(checkpoint.config.to_dict()))
    weights = {
        name: torch.nn.Parameter(view.detach(), requires_grad=False)
        for name, view in views(checkpoint.shape, checkpoint.weights).items()
    }
    model.load_state_dict(weights, assign=True)
    model.tie_weights()
    embed = model.model.embed_tokens
    device = embed.weight.device
    # Buffers are not in a state dict; these are the only two kinds, and were left without memory above.
    embed.embed_scale = torch.tensor(embed.scalar_embed_scale, device=device)
    model.model.rotary_emb = Gemma3RotaryEmbedding(model.config, device=device)
    model.config._name_or_path = model.name_or_path = checkpoint.base_id
    model.requires_grad_(False)
    model.train(False)
    if embed.weight.dtype != torch.float32:
        _widen(model)
    return model


def _widen(model: Any) -> None:
    """Lets `model`, whose weights are in half precision, compute in float32 but for its products."""
    model.model.embed_tokens.register_forward_hook(_to_float32)
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear):
            model.set_submodule(name, NarrowLinear(module.weight))


def _to_float32(module: torch.nn.Module, args: Any, output: Tensor) -> Tensor:
    return output.float()


class NarrowLinear(torch.nn.Linear):
    """A frozen weight [out, in] in half precision, for activations and gradients in float32."""

    def __init__(self, weight: Any) -> None:
        super().__init__(weight.shape[1], weight.shape[0], bias=False, device="meta")
        self.weight = weight
        self._risks = risk(weight), risk(weight.t())

    def forward(self, input: Tensor) -> Tensor:
        found: Tensor = _Product.apply(input.float(), self.weight, *self._risks)  # type: ignore[no-untyped-call]
        return found


class _Product(torch.autograd.Function):
    """`x @ weight.T`, and for the way back `gradient @ weight`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, risk: float, risk_back: float) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.risk = risk_back
        return _narrow_product(x, weight, risk)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = ctx.saved_tensors
        return _narrow_product(gradients[0], weight.t(), ctx.risk), None, None, None


def _narrow_product(x: Tensor, weight: Tensor, risk: float) -> Tensor:
    """x [..., in] @ weight [out, in].T -> [..., out] in float32. For fp16 each row of x is shrunk, or grown, such that
    nothing overflows, and as little as can be is lost at the small end."""
    if weight.dtype != torch.float16:
        return F.linear(x.to(weight.dtype), weight).float()
    # No length is larger than this; its own square would vanish where the gradients of a deep model are tiny.
    length = x.abs().amax(dim=-1, keepdim=True).clamp_min(_SMALLEST) * math.sqrt(x.shape[-1])
    narrow, powers = shrunk(x, length * risk)
    return F.linear(narrow, weight).float() * powers
