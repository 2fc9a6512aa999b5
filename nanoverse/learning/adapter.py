"""An adapter in memory, and how it is put on a base model without touching that model.

peft injects its layers into the model it is given, and trl replaces that model's `forward`. Neither may happen to
the model that others serve from, so each training and each measurement works on a second set of modules around the
same parameters, and only tensors and settings come back out.
"""

from __future__ import annotations

import copy
import math
import threading
from dataclasses import dataclass
from typing import Any

import torch

ALPHA_PER_RANK = 2  # lora_alpha = 2·r: the update is scaled by 2 whatever the rank


@dataclass(frozen=True, slots=True)
class AdapterState:
    """A LoRA adapter: what stands in `adapter_config.json`, and the tensors by their names in a PEFT folder."""

    config: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def twin(model: Any) -> Any:
    """A model of its own modules that shares every parameter with `model`; costs kilobytes.

    `model` must never have been trained: the `forward` that trl sets stays bound to the model it was set on.
    """
    return copy.deepcopy(model, memo={id(tensor): tensor for tensor in model.parameters()})


def fresh(base: Any, rank: int, seed: int) -> Any:
    """A peft model around a twin of `base` with an untrained adapter that changes nothing yet.

    The adapter sits on all linear layers but the head. Its weights are drawn from a generator of their own: the
    global one of torch is drawn from by other threads, and the same seed must give the same adapter.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank,
        lora_alpha=ALPHA_PER_RANK * rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(twin(base), config)
    generator = torch.Generator(device="cpu").manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if ".lora_A." in name:
                drawn = torch.empty(tensor.shape)
                torch.nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
                tensor.copy_(drawn)
    return model


def attach(base: Any, adapter: AdapterState, trainable: bool = False) -> Any:
    """A peft model around a twin of `base` with this adapter on it."""
    from peft import LoraConfig, PeftModel, set_peft_model_state_dict

    config: Any = LoraConfig.from_peft_type(**adapter.config)  # type: ignore[no-untyped-call]
    config.inference_mode = not trainable
    model = PeftModel(twin(base), config)
    set_peft_model_state_dict(model, adapter.tensors)
    return model


def causal(model: Any) -> Any:
    """The transformers model in a peft model, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def hidden_states(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """What a model makes of rows of token ids before its head: `[rows, longest, hidden size]`."""
    inner = causal(model).model
    device = inner.embed_tokens.weight.device
    found = inner(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False)
    states: torch.Tensor = found.last_hidden_state
    return states


class Stopped(Exception):
    """The work on a model was asked to stop before it was done; nothing of it is kept."""


def interruptible(model: Any, stop: threading.Event) -> Any:
    """The same model, which raises `Stopped` before its next layer, forward or backward, once `stop` is set.

    A single step of a large model on a CPU takes longer than a server may take to end.
    """

    def check() -> None:
        if stop.is_set():
            raise Stopped

    def before(layer: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        check()
        hidden = args[0] if args else options["hidden_states"]
        if hidden.requires_grad:
            hidden.register_hook(lambda gradient: check())

    for layer in causal(model).model.layers:
        layer.register_forward_pre_hook(before, with_kwargs=True)
    return model


def extract(model: Any) -> AdapterState:
    """The adapter of a peft model, as copies in main memory; raises `ValueError` if training broke its numbers."""
    from peft import get_peft_model_state_dict

    # Asked whether embeddings were trained, peft would look the base model's name up on the hub.
    state = get_peft_model_state_dict(model, adapter_name="default", save_embedding_layers=False)
    tensors = {
        name: tensor.detach().to("cpu", torch.float32, copy=True).contiguous()
        for name, tensor in state.items()
    }
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise ValueError("The training diverged: the adapter holds numbers that are not finite.")
    return AdapterState(_plain(model.peft_config["default"].to_dict()), tensors)


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """A peft config as JSON can hold it: sorted lists for sets, values for enums, no path of this machine."""
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, set):
            value = sorted(value)
        kept[key] = getattr(value, "value", value)
    return kept | {"base_model_name_or_path": None, "inference_mode": True}
