"""A model folder -> fused tensors in memory, once.

`load` reads safetensors (one file or sharded; the text part of a multimodal checkpoint too) straight into the
fused tensors that the forward pass reads and that training shares as views. The bytes are hashed on the way, so
that an adapter can say which base model it was made for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .device import free_memory
from .errors import ModelError
from .shape import Shape, read_config, shape_of

# What stands before "layers.…", "embed_tokens" and "norm" in text-only, older and newer multimodal checkpoints.
PREFIX = re.compile(r"^(?:model\.language_model\.|language_model\.model\.|model\.)")
NORMS = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
    "self_attn.q_norm",
    "self_attn.k_norm",
)


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One layer. Rows of `qkv` are q, k, v; rows of `gate_up` are gate, up. Norms are as stored (x·(1+w))."""

    qkv: Tensor  # [q + 2 kv, hidden]
    o: Tensor  # [hidden, q]
    gate_up: Tensor  # [2 ffn, hidden]
    down: Tensor  # [hidden, ffn]
    norms: dict[str, Tensor]  # [hidden] or [head_dim]


@dataclass(frozen=True, slots=True)
class Weights:
    embed: Tensor  # [vocab, hidden], also the output head
    layers: tuple[LayerWeights, ...]
    norm: Tensor  # [hidden]

    @property
    def bytes(self) -> int:
        matrices = [m for layer in self.layers for m in (layer.qkv, layer.o, layer.gate_up, layer.down)]
        norms = [norm for layer in self.layers for norm in layer.norms.values()]
        return sum(t.nbytes for t in (self.embed, self.norm, *matrices, *norms))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A base model in memory. `base_id` depends on the stored weights and shape, not on dtype or device."""

    folder: Path
    config: Any
    shape: Shape
    weights: Weights
    base_id: str


def load(folder: Path, dtype: torch.dtype, device: torch.device) -> Checkpoint:
    """Reads the checkpoint in `folder`. Raises ModelError with the reason if it cannot be used, MemoryError if it is
    larger than what is free."""
    config = read_config(folder)
    shape = shape_of(config, folder)
    free, size = free_memory(device), allocate(shape, dtype, torch.device("meta")).bytes
    if free is not None and free < size:  # Linux would promise it, and end the process once it is written to
        raise MemoryError(f"{size} bytes")
    weights = allocate(shape, dtype, device)
    targets = dict(_targets(shape, weights))
    lasting = dataclasses.replace(shape, stop_ids=frozenset(), max_positions=0)
    digest = hashlib.sha256(repr(lasting).encode())
    with torch.no_grad():
        for name, stored in _tensors(folder, set(targets)):
            target = targets.pop(name)
            if stored.shape != target.shape:
                raise ModelError(
                    f"{folder} is broken: {name} has shape {tuple(stored.shape)}, its config says "
                    f"{tuple(target.shape)}."
                )
            digest.update(f"{name} {stored.dtype}".encode())
            digest.update(stored.contiguous().view(torch.uint8).numpy().data)
            target.copy_(stored)
    if targets:
        raise ModelError(f"{folder} is broken: its weights lack {min(targets)}.")
    return Checkpoint(folder, config, shape, weights, f"gemma3-{digest.hexdigest()[:32]}")


def allocate(shape: Shape, dtype: torch.dtype, device: torch.device) -> Weights:
    """Room for a model of `shape`, its content undefined."""

    def empty(*size: int) -> Tensor:
        return torch.empty(size, dtype=dtype, device=device)

    def layer() -> LayerWeights:
        sizes = {name: shape.head_dim if "self_attn" in name else shape.hidden for name in NORMS}
        return LayerWeights(
            qkv=empty(shape.q_size + 2 * shape.kv_size, shape.hidden),
            o=empty(shape.hidden, shape.q_size),
            gate_up=empty(2 * shape.ffn, shape.hidden),
            down=empty(shape.hidden, shape.ffn),
            norms={name: empty(size) for name, size in sizes.items()},
        )

    return Weights(
        embed=empty(shape.vocab, shape.hidden),
        layers=tuple(layer() for _ in range(shape.layers)),
        norm=empty(shape.hidden),
    )


def _targets(shape: Shape, weights: Weights) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of the model by its canonical name, each a view into the fused storage."""
    yield "embed_tokens.weight", weights.embed
    yield "norm.weight", weights.norm
    for i, layer in enumerate(weights.layers):
        q, k, v = torch.split(layer.qkv, [shape.q_size, shape.kv_size, shape.kv_size])
        gate, up = torch.split(layer.gate_up, shape.ffn)
        parts = {
            "self_attn.q_proj": q,
            "self_attn.k_proj": k,
            "self_attn.v_proj": v,
            "self_attn.o_proj": layer.o,
            "mlp.gate_proj": gate,
            "mlp.up_proj": up,
            "mlp.down_proj": layer.down,
            **layer.norms,
        }
        for name, tensor in parts.items():
            yield f"layers.{i}.{name}.weight", tensor


def views(shape: Shape, weights: Weights) -> dict[str, Tensor]:
    """The weights under the names of transformers' `Gemma3ForCausalLM`, as views that share all memory."""
    named = {f"model.{name}": tensor for name, tensor in _targets(shape, weights)}
    named["lm_head.weight"] = weights.embed
    return named


def _tensors(folder: Path, wanted: set[str]) -> Iterator[tuple[str, Tensor]]:
    """Stored tensors by canonical name, in a fixed order however they are sharded."""
    where: dict[str, tuple[Path, str]] = {}
    try:
        for path in weight_files(folder):
            with safe_open(path, framework="pt") as file:
                for stored_name in file.keys():  # noqa: SIM118 - safe_open is not a mapping
                    name = PREFIX.sub("", stored_name)
                    if name in wanted:
                        where[name] = (path, stored_name)
        for name in sorted(where):
            path, stored_name = where[name]
            with safe_open(path, framework="pt") as file:
                yield name, file.get_tensor(stored_name)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{folder} is broken: its weights cannot be read ({error}).") from error


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights. Raises ModelError if one is missing, or all are in another format."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        single = folder / "model.safetensors"
        if not single.is_file():
            raise ModelError(f"{folder} holds no model.safetensors; other weight formats are not read.")
        return [single]
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{index} is not a valid index of weight files.") from error
    for name in names:
        if Path(name).name != name or not (folder / name).is_file():
            raise ModelError(f"{folder} is incomplete: the weight file {name} is missing.")
    return [folder / name for name in names]
