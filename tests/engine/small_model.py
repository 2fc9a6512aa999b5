"""Small random Gemma-3 checkpoints, made by the real transformers, with a tokenizer of single bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

from nanoverse.engine import Limits

VOCAB = 320
SMALL = {
    "vocab_size": VOCAB,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "query_pre_attn_scalar": 16,
    "sliding_window": 12,
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"],
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}


def save_tokenizer(folder: Path) -> None:
    """Bytes as tokens, after 64 places for special ones; decoding can therefore end inside a character."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<pad>", "<eos>", "<bos>", *(f"<unused{i}>" for i in range(61))]
    vocab = {token: i for i, token in enumerate([*special, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        chat_template="{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}",
    ).save_pretrained(folder)


def randomise(model: torch.nn.Module, seed: int, scale: float = 1.0) -> None:
    """Weights large enough that every part of the model changes its choice of words."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            size = 0.3 if "norm" in name else scale * parameter.shape[-1] ** -0.5
            size *= 0.3 if "embed" in name else 1.0  # or tied embeddings would only repeat the last token
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)


def save_model(folder: Path, seed: int = 0, **changes: Any) -> Path:
    model = Gemma3ForCausalLM(Gemma3TextConfig(**{**SMALL, **changes}))
    randomise(model, seed)
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def save_overflowing_model(folder: Path) -> Any:
    """A model whose activations pass the largest number of fp16 by far, as those of Gemma-3 do; returned in float32."""
    model = Gemma3ForCausalLM(Gemma3TextConfig(**SMALL)).eval()
    randomise(model, 4)
    with torch.no_grad():
        for layer in model.model.layers:
            for part in (layer.self_attn.v_proj, layer.self_attn.o_proj, *layer.mlp.children()):
                if hasattr(part, "weight"):
                    part.weight *= 300
            layer.post_feedforward_layernorm.weight += 20_000
            layer.pre_feedforward_layernorm.weight += 100
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


def limits(slots: int, context: int, **changes: int) -> Limits:
    """For an engine of a test: room for adapters of rank 8, and one core."""
    return Limits(slots, context, **{"adapter_rank": 8, "host_adapters": 64, "threads": 1, **changes})


def prompt(seed: int, length: int) -> list[int]:
    """Random ordinary tokens."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(64, VOCAB, (length,), generator=generator).tolist()
