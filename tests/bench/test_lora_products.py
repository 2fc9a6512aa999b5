"""What `bench engine` times beside the engine's way with adapters must compute the same."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import Gemma3TextConfig

from nanoverse.bench import lora_products
from nanoverse.bench.random_model import random_adapter
from nanoverse.engine.shape import shape_of
from tests.bench.tiny import TINY


def test_both_ways_add_the_same() -> None:
    shape = shape_of(Gemma3TextConfig(**TINY, eos_token_id=None), Path())
    adapters = [random_adapter(shape, 4, torch.float32) for _ in range(3)]
    batched, stacked = lora_products.make(shape, adapters, torch.float32, torch.device("cpu"))
    found = list(zip(batched(), stacked(), strict=True))
    assert len(found) == 4 * shape.layers
    for ours, other in found:
        assert ours.shape[0] == 3 and ours.abs().max() > 0
        torch.testing.assert_close(ours, other)
