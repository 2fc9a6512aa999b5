"""Small random Gemma-3 checkpoints and PEFT adapters, made by the real transformers and peft."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

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
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>"
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


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def reference(model_folder: Path) -> Any:
    """The same model as transformers runs it."""
    return Gemma3ForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def make_adapter(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Saves a random adapter of the small model with peft."""

    def make(
        seed: int, rank: int = 8, targets: Any = "all-linear", folder: Path | None = None, **options: Any
    ) -> Path:
        from peft import LoraConfig, get_peft_model

        base = Gemma3ForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM", **options
        )
        model = get_peft_model(base, config)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_" in name:
                    size = 0.5 * parameter.shape[-1] ** -0.5
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)
        path = folder or tmp_path_factory.mktemp("adapters") / f"adapter{seed}"
        model.save_pretrained(path)
        return path

    return make


@pytest.fixture(scope="session")
def greedy(model_folder: Path) -> Callable[..., list[int]]:
    """What transformers (and peft) write, token by token, without the one that ends it."""

    def write(prompt: list[int], count: int, adapter: Path | None = None) -> list[int]:
        model: Any = Gemma3ForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
        if adapter is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, adapter).eval()
        with torch.no_grad():
            out = model.generate(
                input_ids=torch.tensor([prompt]),
                attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                max_new_tokens=count,
                do_sample=False,
            )
        tokens: list[int] = out[0, len(prompt) :].tolist()
        return [token for token in tokens if token != model.config.eos_token_id]

    return write


def prompt(seed: int, length: int) -> list[int]:
    """Random ordinary tokens."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(64, VOCAB, (length,), generator=generator).tolist()


@pytest.fixture(scope="session")
def endless_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, but one that never stops by itself."""
    return save_model(tmp_path_factory.mktemp("endless"), eos_token_id=None)
