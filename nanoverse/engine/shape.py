"""The shape of a Gemma-3 text model, read from its config.json.

Covers the 270M and 1B checkpoints, the text part of the multimodal ones (4B and up) and the bundled starter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ModelError


@dataclass(frozen=True, slots=True)
class Rope:
    """Rotary embedding: angle of pair `i` at position `p` is `p / factor / base ** (2 i / head_dim)`."""

    base: float
    factor: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Every number the forward pass needs. `sliding[i]` says whether layer `i` sees only `window` tokens."""

    layers: int
    hidden: int
    ffn: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    eps: float
    attention_scale: float
    window: int
    sliding: tuple[bool, ...]
    rope_global: Rope
    rope_local: Rope
    max_positions: int
    stop_ids: frozenset[int]

    @property
    def q_size(self) -> int:
        return self.heads * self.head_dim

    @property
    def kv_size(self) -> int:
        return self.kv_heads * self.head_dim

    def rope(self, sliding: bool) -> Rope:
        return self.rope_local if sliding else self.rope_global


def read_config(folder: Path) -> Any:
    """The transformers text config of the checkpoint in `folder`, with all defaults filled in.

    Raises ModelError if the folder is missing, its config is broken, or it is not a Gemma-3.
    """
    from transformers import Gemma3TextConfig

    path = folder / "config.json"
    if not folder.is_dir():
        raise ModelError(f"There is no model folder at {folder}.")
    if not path.is_file():
        raise ModelError(f"{folder} holds no config.json, so it is not a model folder.")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        kind = raw.get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}.") from error
    if kind == "gemma3":
        raw = raw.get("text_config")
    elif kind != "gemma3_text":
        raise ModelError(f"{folder} holds a model of type {kind!r}; NanoVerse runs Gemma-3 text models only.")
    try:
        config = Gemma3TextConfig.from_dict(raw)
    except Exception as error:  # transformers validates with many exception types of its own
        raise ModelError(f"{path} is not a valid Gemma-3 config: {error}.") from error
    _refuse_what_gemma3_never_does(config, path)
    return config


def _refuse_what_gemma3_never_does(config: Any, path: Path) -> None:
    oddities = {
        "bidirectional attention": config.use_bidirectional_attention,
        "attention biases": config.attention_bias,
        "soft-capped logits": config.final_logit_softcapping or config.attn_logit_softcapping,
        "untied embeddings": not config.tie_word_embeddings,
        f"the activation {config.hidden_activation}": config.hidden_activation != "gelu_pytorch_tanh",
    }
    for name, present in oddities.items():
        if present:
            raise ModelError(
                f"{path} asks for {name}, which Gemma-3 does not have; the engine cannot run it."
            )


def shape_of(config: Any, folder: Path) -> Shape:
    """`config` (from `read_config`) as plain numbers; stop tokens also come from generation_config.json."""
    return Shape(
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        ffn=config.intermediate_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_dim=config.head_dim,
        vocab=config.vocab_size,
        eps=config.rms_norm_eps,
        attention_scale=config.query_pre_attn_scalar**-0.5,
        window=config.sliding_window or config.max_position_embeddings,
        sliding=tuple(kind == "sliding_attention" for kind in config.layer_types),
        rope_global=_rope(config.rope_parameters["full_attention"], folder),
        rope_local=_rope(config.rope_parameters["sliding_attention"], folder),
        max_positions=config.max_position_embeddings,
        stop_ids=_stop_ids(config, folder),
    )


def _rope(parameters: dict[str, Any], folder: Path) -> Rope:
    kind = parameters["rope_type"]
    if kind not in ("default", "linear"):
        raise ModelError(f"{folder} scales its rotary embedding by {kind!r}; Gemma-3 uses 'linear' or none.")
    return Rope(
        base=float(parameters["rope_theta"]), factor=float(parameters["factor"]) if kind == "linear" else 1.0
    )


def _stop_ids(config: Any, folder: Path) -> frozenset[int]:
    ids = {config.eos_token_id} if isinstance(config.eos_token_id, int) else set(config.eos_token_id or ())
    path = folder / "generation_config.json"
    if path.is_file():
        try:
            more = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id") or ()
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{path} cannot be read as JSON: {error}.") from error
        ids |= {more} if isinstance(more, int) else set(more)
    return frozenset(ids)
