"""Models of a given shape with random weights, and adapters for them: speed does not depend on what they know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nanoverse.engine.checkpoint import Checkpoint, allocate
from nanoverse.engine.lora import Adapter, sizes
from nanoverse.engine.shape import Shape, shape_of
from nanoverse.starter import model as starter
from nanoverse.starter.tokenizer import VOCABULARY

SHAPES: dict[str, dict[str, Any]] = {
    "starter": starter.SHAPE | {"vocab_size": VOCABULARY},
    "270m": {
        "vocab_size": 262144,
        "hidden_size": 640,
        "intermediate_size": 2048,
        "num_hidden_layers": 18,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "sliding_window": 512,
        "max_position_embeddings": 32768,
    },
    "1b": {
        "vocab_size": 262144,
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "num_hidden_layers": 26,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "sliding_window": 512,
        "max_position_embeddings": 32768,
    },
    "4b": {
        "vocab_size": 262208,
        "hidden_size": 2560,
        "intermediate_size": 10240,
        "num_hidden_layers": 34,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "sliding_window": 1024,
        "rope_parameters": {
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
        },
        "max_position_embeddings": 131072,
    },
}


def random_checkpoint(settings: dict[str, Any], dtype: torch.dtype, device: torch.device) -> Checkpoint:
    """A model of the shape that `settings` give; no token ends its answers."""
    from transformers import Gemma3TextConfig

    config = Gemma3TextConfig(**settings, eos_token_id=None)
    shape = shape_of(config, Path())
    weights = allocate(shape, dtype, device)
    torch.manual_seed(0)
    for layer in weights.layers:
        for matrix in (layer.qkv, layer.o, layer.gate_up, layer.down):
            matrix.normal_(std=matrix.shape[1] ** -0.5)
        for norm in layer.norms.values():
            norm.zero_()
    weights.embed.normal_(std=shape.hidden**-0.5)
    weights.norm.zero_()
    return Checkpoint(Path(), config, shape, weights, "random")


def random_adapter(shape: Shape, rank: int, dtype: torch.dtype) -> Adapter:
    def stack(*size: int) -> torch.Tensor:
        return (torch.randn(shape.layers, *size) * 0.01).to(dtype)

    widths = sizes(shape)
    return Adapter(
        rank,
        {name: stack(inputs, rank) for name, (inputs, _) in widths.items()},
        {name: stack(rank, outputs) for name, (_, outputs) in widths.items()},
    )
