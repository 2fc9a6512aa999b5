"""The starter's shape, and its folder: how an untrained one is made and a trained one is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from nanoverse.syncing import sync, sync_folder

SHAPE: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 64,
    "query_pre_attn_scalar": 64,
    "sliding_window": 256,
    "max_position_embeddings": 2048,
    "layer_types": ["sliding_attention", "sliding_attention", "full_attention"] * 2,
}


def new_model(tokenizer: Any, seed: int) -> Any:
    """An untrained `Gemma3ForCausalLM` in float32."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(seed)
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        tie_word_embeddings=True,
        **SHAPE,
    )
    model = Gemma3ForCausalLM(config)
    with torch.no_grad():
        for layer in model.model.layers:  # every block starts as the identity
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    return model


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to write files into, which then take the places of those in `folder`, each whole and on the disk:
    whoever is killed meanwhile leaves no file that is cut off."""
    new = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    yield new
    written = sorted(new.iterdir())
    for path in written:
        with path.open("rb") as file:
            sync(file.fileno())
    folder.mkdir(exist_ok=True)
    for path in written:
        path.replace(folder / path.name)
    sync_folder(folder)
    new.rmdir()


def write_model(folder: Path, model: Any, tokenizer: Any, state: dict[str, torch.Tensor]) -> None:
    """Writes what plain transformers loads: float16 weights from `state`, config, tokenizer and chat template."""
    with replacing(folder) as new:
        _write(new, model, tokenizer, state)


def _write(folder: Path, model: Any, tokenizer: Any, state: dict[str, torch.Tensor]) -> None:
    from safetensors.torch import save_file

    weights = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in state.items()
        if name != "lm_head.weight"  # tied to the embedding
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict() | {"dtype": "float16", "architectures": ["Gemma3ForCausalLM"]}
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    stops = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_turn>")]
    generation = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": stops,
        "pad_token_id": tokenizer.pad_token_id,
        "do_sample": True,
        "temperature": 0.7,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    tokenizer.save_pretrained(folder)
    _make_portable(folder / "tokenizer_config.json")
    (folder / "model.safetensors").chmod(0o644)


def _make_portable(tokenizer_config: Path) -> None:
    """Names the class by the name that every version of transformers knows, and drops traces of this machine."""
    config = json.loads(tokenizer_config.read_text())
    kept = {
        key: value for key, value in config.items() if key not in {"backend", "is_local", "local_files_only"}
    }
    kept["tokenizer_class"] = "PreTrainedTokenizerFast"
    tokenizer_config.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
