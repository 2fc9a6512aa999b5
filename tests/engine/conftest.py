"""The small model in several guises, adapters for it made by peft, and what transformers makes of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Gemma3ForCausalLM

from tests.engine.small_model import save_model


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


@pytest.fixture(scope="session")
def endless_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, but one that never stops by itself."""
    return save_model(tmp_path_factory.mktemp("endless"), eos_token_id=None)
