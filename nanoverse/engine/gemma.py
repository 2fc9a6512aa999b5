"""The forward pass of Gemma-3: one ragged batch of tokens in, the logits of chosen ones out.

Tokens of all requests lie in one flat [n, hidden] matrix, so every weight is read once a step; only attention and
the adapters look at segments of it. The residual stream and all norms are fp32 whatever the weights are.
Source: Gemma 3 Technical Report, arXiv 2503.19786; the reference is transformers' modeling_gemma3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from nanoverse.report import memory_bytes

from . import lora
from .checkpoint import NORMS, LayerWeights, Weights
from .device import warm
from .kv import KVCache
from .linear import Linear
from .lora import AdapterRows, Segment
from .norm import Norm
from .shape import Rope, Shape

# A model that takes no more than this of the machine's memory is kept twice on a CPU, the second time laid out for its
# products: the starter everywhere, the 270M from 9 GB.
PACKED_SHARE = 1 / 8


@dataclass(frozen=True, slots=True)
class Batch:
    """tokens, positions, rows: [n] int64, segment after segment; last: [m], the tokens to give logits for."""

    tokens: Tensor
    positions: Tensor
    rows: Tensor
    last: Tensor
    segments: Sequence[Segment]
    longest: Sequence[int]  # the largest position in each segment


@dataclass(frozen=True, slots=True)
class _Layer:
    linears: dict[str, Linear]  # by the names of lora.GROUPS
    norms: dict[str, Norm]  # those of checkpoint.NORMS that are over [hidden]
    qk_norm: Norm  # over [heads + kv_heads, head_dim]


@dataclass(frozen=True, slots=True)
class _Reach:
    """What one kind of layer (sliding or global) needs to know of a batch."""

    cos: Tensor  # [n, 1, head_dim]
    sin: Tensor  # [n, 1, head_dim], the first half negated
    cells: Tensor  # [n], where to write
    masks: Sequence[Tensor]  # per segment [rows, 1, length · group, used]


def kept_twice(weights: Weights) -> bool:
    """Whether there will be a second copy, as large at most, wherever there is such a layout."""
    on_cpu = weights.embed.device.type == "cpu" and weights.embed.dtype == torch.float32
    return on_cpu and weights.bytes <= PACKED_SHARE * memory_bytes()


class Gemma:
    """Gemma-3 over `weights`, for positions below `context`."""

    def __init__(self, shape: Shape, weights: Weights, context: int) -> None:
        self.shape = shape
        self.weights = weights
        # transformers rounds this factor to the dtype of the weights, and so did the training of Gemma.
        self._embed_scale = float(torch.tensor(shape.hidden**0.5).to(weights.embed.dtype))
        pack = kept_twice(weights)
        self._layers = tuple(_prepare(shape, layer, pack) for layer in weights.layers)
        self._norm = Norm(weights.norm, shape.eps)
        self._head = Linear(weights.embed, self._norm.bound, pack=pack)
        self._rope = {
            slides: _rope_table(shape.rope(slides), shape.head_dim, context, weights.embed.device)
            for slides in set(shape.sliding)
        }

    @property
    def packed_bytes(self) -> int:
        """Of the weights that are kept a second time, laid out for speed."""
        linears = [linear for layer in self._layers for linear in layer.linears.values()]
        return sum(linear.packed_bytes for linear in (self._head, *linears))

    def forward(self, batch: Batch, cache: KVCache, adapters: AdapterRows) -> Tensor:
        """Writes the keys and values of `batch` to `cache`; returns fp32 logits [m, vocab] of `batch.last`."""
        x = self.hidden(batch, cache, adapters.carried(batch.segments))
        return self.logits(x.index_select(0, batch.last))

    def hidden(self, batch: Batch, cache: KVCache, carried: dict[str, list[lora.Share]]) -> Tensor:
        """The same up to the last layer: [n, hidden], fp32, of all tokens; `carried` as of `AdapterRows`.

        Nothing in here may ask the device for a number, or make a size of one: it is recorded (see `graphs`).
        """
        shape = self.shape
        reaches = {slides: self._look(batch, cache, slides) for slides in self._rope}
        x = self.weights.embed.index_select(0, batch.tokens).float() * self._embed_scale
        for i, (layer, slides) in enumerate(zip(self._layers, shape.sliding, strict=True)):
            project = partial(_project, layer, i, carried)
            qkv, power = project("qkv", layer.norms["input_layernorm"](x))
            attended = self._attend(
                qkv, power, layer, batch.segments, reaches[slides], cache.layers[i], cache.flat[i]
            )
            # Values stay divided by `power`, to fit the cache; their mean is grown back here, in fp32.
            y, power_o = project("o", attended)
            x = layer.norms["post_attention_layernorm"].added(x, _times(_times(y, power_o), power))

            gate_up, power = project("gate_up", layer.norms["pre_feedforward_layernorm"](x))
            gate, up = torch.split(_times(gate_up, power), shape.ffn, dim=1)
            y, power = project("down", _gelu(gate).mul_(up))
            x = layer.norms["post_feedforward_layernorm"].added(x, _times(y, power))
        return x

    def logits(self, x: Tensor) -> Tensor:
        """x [m, hidden], as `hidden` makes it -> fp32 [m, vocab]."""
        narrow, power = self._head.narrow(self._norm(x))
        return _times(self._head.product(narrow), power)

    def _look(self, batch: Batch, cache: KVCache, slides: bool) -> _Reach:
        cos, sin = self._rope[slides]
        group = self.shape.heads // self.shape.kv_heads
        masks = []
        for s, longest in zip(batch.segments, batch.longest, strict=True):
            positions = batch.positions[s.start : s.start + s.rows * s.length].view(s.rows, s.length)
            mask = cache.mask(slides, positions, longest)
            # The heads that share keys are folded into the queries; one token's mask spreads over them by itself.
            masks.append(mask if s.length == 1 else mask.repeat_interleave(group, dim=2))
        return _Reach(
            cos=cos.index_select(0, batch.positions)[:, None],
            sin=sin.index_select(0, batch.positions)[:, None],
            cells=cache.cell(slides, batch.rows, batch.positions),
            masks=masks,
        )

    def _attend(
        self,
        qkv: Tensor,
        power: Tensor | float,
        layer: _Layer,
        segments: Sequence[Segment],
        reach: _Reach,
        cache: Tensor,
        flat: Tensor,
    ) -> Tensor:
        """qkv [n, q + 2 kv] -> [n, q] fp32; keys and values go to `flat`, and with it to `cache` (see `KVCache`)."""
        shape = self.shape
        n, both = qkv.shape[0], shape.heads + shape.kv_heads
        heads = qkv.view(n, both + shape.kv_heads, shape.head_dim)
        qk = layer.qk_norm(_times(heads[:, :both], power))
        turned = qk.roll(shape.head_dim // 2, -1)
        torch.addcmul(qk * reach.cos, turned, reach.sin, out=heads[:, :both])
        stored = heads.to(cache.dtype)
        flat.index_copy_(0, reach.cells, stored[:, shape.heads :])
        parts = [
            self._attend_segment(s, stored, mask, cache)
            for s, mask in zip(segments, reach.masks, strict=True)
        ]
        return (parts[0] if len(parts) == 1 else torch.cat(parts)).float()

    def _attend_segment(self, s: Segment, heads: Tensor, mask: Tensor, cache: Tensor) -> Tensor:
        shape = self.shape
        kv_heads, head_dim = shape.kv_heads, shape.head_dim
        group, used = shape.heads // kv_heads, mask.shape[-1]
        memory = cache[s.row : s.row + s.rows, :used]
        queries = heads[s.start : s.start + s.rows * s.length, : shape.heads]
        if s.length == 1:
            warm(memory)
            if kv_heads == 1 and memory.device.type == "cpu" and memory.dtype == torch.float32:
                return _attend_one_each(queries, memory[:, :, :, 0], mask[:, 0], shape.attention_scale)
        keys, values = memory.permute(2, 0, 3, 1, 4).unbind()  # [rows, kv_heads, used, head_dim]
        if s.length > 1:
            queries = queries.reshape(s.rows, s.length, kv_heads, group, head_dim).transpose(1, 2)
        out = F.scaled_dot_product_attention(
            queries.reshape(s.rows, kv_heads, s.length * group, head_dim),
            keys,
            values,
            attn_mask=mask,
            scale=shape.attention_scale,
        )
        if s.length > 1:
            out = out.view(s.rows, kv_heads, s.length, group, head_dim).transpose(1, 2)
        return out.reshape(s.rows * s.length, shape.q_size)


def _attend_one_each(queries: Tensor, memory: Tensor, mask: Tensor, scale: float) -> Tensor:
    """queries [rows, heads, head_dim], one token's of each row; memory [rows, used, 2, head_dim], keys and values; mask
    [rows, 1, used] -> [rows, heads · head_dim]. Spelled out it takes three quarters of the time of
    `scaled_dot_product_attention` on two cores of a CPU, and no more on one."""
    keys, values = memory.unbind(2)
    scores = torch.baddbmm(mask, queries, keys.transpose(1, 2), alpha=scale)
    return torch.bmm(scores.softmax(-1), values).flatten(1)


def _project(
    layer: _Layer,
    index: int,
    carried: dict[str, list[lora.Share]],
    group: str,
    x: Tensor,
) -> tuple[Tensor, Tensor | float]:
    """One fused projection with its adapters: y [n, out] fp32 and the power of two it has yet to be grown by."""
    linear = layer.linears[group]
    narrow, power = linear.narrow(x)
    y = linear.product(narrow)
    lora.add(carried[group], index, narrow, y)
    return y, power


def _gelu(x: Tensor) -> Tensor:
    """GELU by its tanh formula, written with the sigmoid, (1 + tanh z) / 2 = sigmoid(2 z), which a CPU has in half of
    the time. Source: Hendrycks & Gimpel, arXiv 1606.08415."""
    if x.device.type != "cpu":
        return F.gelu(x, approximate="tanh")
    return torch.addcmul(x, x * x, x, value=0.044715).mul_((8 / math.pi) ** 0.5).sigmoid_().mul_(x)


def _times(x: Tensor, power: Tensor | float) -> Tensor:
    return x if isinstance(power, float) and power == 1.0 else x * power


def _prepare(shape: Shape, layer: LayerWeights, pack: bool) -> _Layer:
    norms = {name: Norm(layer.norms[name], shape.eps) for name in NORMS if "self_attn" not in name}
    q_norm, k_norm = layer.norms["self_attn.q_norm"], layer.norms["self_attn.k_norm"]
    return _Layer(
        linears={
            "qkv": Linear(layer.qkv, norms["input_layernorm"].bound, pack=pack),
            "o": Linear(layer.o, None, pack=pack),
            "gate_up": Linear(layer.gate_up, norms["pre_feedforward_layernorm"].bound, pack=pack),
            "down": Linear(layer.down, None, pack=pack),
        },
        norms=norms,
        qk_norm=Norm(
            torch.cat([q_norm.expand(shape.heads, -1), k_norm.expand(shape.kv_heads, -1)]), shape.eps
        ),
    )


def _rope_table(rope: Rope, head_dim: int, context: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and sin [context, head_dim] such that `x * cos + x.roll(head_dim / 2) * sin` rotates x."""
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device)
    speeds = 1.0 / (rope.base ** (pairs / head_dim)) / rope.factor
    angles = torch.arange(context, dtype=torch.float32, device=device)[:, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], 1), torch.cat([-sin, sin], 1)
