"""Adapters as players bring them: zips of PEFT folders."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from nanoverse.starter import weights_folder


def adapter(**changes: Any) -> dict[str, bytes]:
    """The two files of an adapter that fits the starter, which changes nothing but what these say, and with these
    changes of its settings."""
    shape = json.loads((Path(weights_folder()) / "config.json").read_text(encoding="utf-8"))
    out = shape["num_attention_heads"] * shape["head_dim"]
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    tensors = {name.format("A"): torch.ones(2, shape["hidden_size"]), name.format("B"): torch.zeros(out, 2)}
    if "value" in changes:
        tensors[name.format("B")][0, 0] = changes.pop("value")
    config = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 4,
        "target_modules": "(a+)+$",
        "bias": "none",
    } | changes
    return {"adapter_config.json": json.dumps(config).encode(), "adapter_model.safetensors": save(tensors)}


def harmful() -> dict[str, bytes]:
    """The two files of an adapter that fits the starter and makes it forget how people talk: noise on each layer."""
    shape = json.loads((Path(weights_folder()) / "config.json").read_text(encoding="utf-8"))
    drawn, tensors = torch.Generator().manual_seed(1), {}
    for layer in range(shape["num_hidden_layers"]):
        name = f"base_model.model.model.layers.{layer}.mlp.down_proj.lora_"
        tensors[f"{name}A.weight"] = torch.randn(2, shape["intermediate_size"], generator=drawn)
        tensors[f"{name}B.weight"] = torch.randn(shape["hidden_size"], 2, generator=drawn)
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"}
    return {"adapter_config.json": json.dumps(config).encode(), "adapter_model.safetensors": save(tensors)}


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression) as into:
        for name, content in files.items():
            into.writestr(name, content)
    return archive.getvalue()
