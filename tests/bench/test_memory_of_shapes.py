"""What a model of the real sizes takes in memory, as the engine's own parts allocate it, on a device without any."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import Gemma3TextConfig

from nanoverse.bench.random_model import SHAPES
from nanoverse.engine.checkpoint import allocate
from nanoverse.engine.engine import CHUNK
from nanoverse.engine.kv import KVCache
from nanoverse.engine.lora import Adapter, AdapterRows, sizes
from nanoverse.engine.shape import Shape, shape_of
from nanoverse.starter import weights_folder

META = torch.device("meta")


def shape(name: str) -> Shape:
    return shape_of(Gemma3TextConfig(**SHAPES[name]), Path())


def test_the_starters_shape_is_that_of_the_bundled_model() -> None:
    bundled = Gemma3TextConfig.from_pretrained(weights_folder())
    config = Gemma3TextConfig(**SHAPES["starter"])
    for name in SHAPES["starter"]:
        assert getattr(config, name) == getattr(bundled, name), name


def test_a_conversation_of_4k_tokens_on_the_1b_takes_at_most_a_full_cache_over_three_and_a_half() -> None:
    found = KVCache(shape("1b"), 1, 4096, torch.float16, META).bytes
    full = 26 * 4096 * 2 * 256 * 2  # layers, tokens, keys and values, head_dim, bytes
    assert full == 104 * 2**20
    assert found <= full / 3.5


def adapter(of: Shape, rank: int) -> Adapter:
    a, b = (
        {name: torch.zeros(of.layers, *size(*width), device=META) for name, width in sizes(of).items()}
        for size in (lambda i, o: (i, rank), lambda i, o: (rank, o))
    )
    return Adapter(rank, a, b)


def test_64_conversations_of_2k_tokens_on_the_1b_fit_a_card_of_11_gb_with_an_adapter_of_rank_8_each() -> None:
    """And with one of rank 64 in half of the rows; what that takes beyond rank 8 is theirs alone."""
    one = shape("1b")
    weights = allocate(one, torch.float16, META)
    cache = KVCache(one, 64, 2048, torch.float16, META)
    adapters = AdapterRows(one, 64, 8, torch.float16, META)
    assert 1.9e9 < weights.bytes < 2.1e9
    assert 0.83e9 < adapters.bytes < 0.84e9
    logits = 64 * one.vocab * 4
    # The widest activations of a step: gate and up of every token, in fp32 and narrowed, twice over for temporaries.
    activations = 2 * (64 + CHUNK) * 2 * one.ffn * (4 + 2)
    context = 0.7e9  # of CUDA and its libraries, before a tensor is made
    rest = weights.bytes + cache.bytes + 3 * logits + activations + context
    assert rest + adapters.bytes < 11e9
    common = adapters.bytes
    for row in range(32):
        adapters.load(row, adapter(one, 64))
    assert rest + adapters.bytes < 11e9
    assert adapters.bytes == common + common // 64 * 7 * 32
