"""PEFT LoRA folders -> adapters in host memory.

A folder comes from a training run or from a stranger, so everything is checked before it is trusted: only
`adapter_config.json` and `adapter_model.safetensors` are read, never a pickle, no links are followed, and names,
shapes, rank, size and numbers must fit the base model. The format: huggingface/peft `utils/save_and_load.py`.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from nanoverse.adapter_files import CONFIG, WEIGHTS

from .errors import AdapterError
from .lora import Adapter, sizes
from .shape import Shape

MAX_RANK = 64
# Bytes that list the tensors: 150 for each, of which an adapter of the 27B has 868. No other thread runs while they are
# put together, and a file as large as an adapter may be could list a million.
MAX_HEADER = 2**18
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")
NAME = re.compile(
    r"base_model\.model\.(?:model\.|language_model\.){0,2}layers\.(\d{1,3})\.([a-z_]+\.[a-z_]+)\.lora_([AB])\.weight"
)
# What PEFT can do and this engine does not. An option that is absent or off is no hindrance.
FOREIGN_OPTIONS = (
    "use_dora",
    "use_qalora",
    "lora_bias",
    "fan_in_fan_out",
    "modules_to_save",
    "rank_pattern",
    "alpha_pattern",
    "layer_replication",
    "alora_invocation_tokens",
    "target_parameters",
    "trainable_token_indices",
    "arrow_config",
    "kasa_config",
    "use_bdlora",
)
# Beginnings that leave the base weights alone. The others (pissa, olora, corda, loftq, lora_ga) take the adapter's out
# of them, and so their adapter fits only a base that is stored nowhere. Source: peft, `tuners/lora/layer.py`.
HARMLESS_INITS = ("gaussian", "eva", "orthogonal", "mica")
BASE_ID_PREFIX = "gemma3-"


def read_adapter(folder: Path, shape: Shape, base_id: str, dtype: torch.dtype) -> Adapter:
    """The adapter in `folder`, in `dtype`, ready for rows of a model of `shape`.

    Raises AdapterError naming the folder and the reason if it is not a sound adapter of this base model.
    """
    path = _check_files(folder, shape)
    rank, scale = _read_settings(folder, base_id)
    try:
        # Not mapped into memory: a file that is cut off or cannot be read meanwhile would end the process by SIGBUS.
        data = path.read_bytes()
        if int.from_bytes(data[:8], "little") > MAX_HEADER:
            raise AdapterError(f"The adapter {folder} is broken, or names too many tensors in its {WEIGHTS}.")
        stored = load(data)
        del data  # all was copied
    except (SafetensorError, OSError, KeyError) as error:  # KeyError: a dtype that torch does not have
        raise AdapterError(f"The adapter {folder} is broken: {WEIGHTS} cannot be read ({error}).") from error
    a: dict[str, Tensor] = {}
    b: dict[str, Tensor] = {}
    for (layer, module, side), tensor in _check_names(folder, stored, shape, rank).items():
        stack = a if side == "A" else b
        if module not in stack:
            stack[module] = torch.zeros(shape.layers, *tensor.t().shape)
        stack[module][layer].copy_(tensor.t())
    for module in a:
        _balance(a[module], b[module].mul_(scale))
        a[module], b[module] = a[module].to(dtype), b[module].to(dtype)
        if not all(bool(torch.isfinite(stack[module]).all()) for stack in (a, b)):
            raise AdapterError(f"The adapter {folder} holds values that are not numbers, in its {module}.")
    return Adapter(rank, a, b)


def _balance(a: Tensor, b: Tensor) -> None:
    """a [layers, in, rank] and b [layers, rank, out] such that no column of a is longer than 1, by powers of two that
    change no product. What an input becomes between the two is then no longer than the input: it fits every dtype,
    and what an adapter leaves in the stack of its row is harmless to the next."""
    lengths = torch.linalg.vector_norm(a, dim=1)
    if not bool((lengths <= 1).all()):
        _, power = torch.frexp(torch.linalg.vector_norm(a, dim=1, dtype=torch.float64))
        grown = torch.exp2(power.clamp(min=0).double())
        a.copy_(a / grown[:, None])
        b.copy_(b * grown[:, :, None])


def _check_files(folder: Path, shape: Shape) -> Path:
    """The weight file, if the folder and its two files are real, plain and not too large."""
    if folder.is_symlink() or any((folder / name).is_symlink() for name in (CONFIG, WEIGHTS)):
        raise AdapterError(f"The adapter {folder} is or holds a link, and links are not followed.")
    if not folder.is_dir():
        raise AdapterError(f"There is no adapter folder at {folder}.")
    if not (folder / CONFIG).is_file():  # nor a pipe, whose reader may wait for ever
        raise AdapterError(f"The adapter {folder} has no readable {CONFIG}.")
    path = folder / WEIGHTS
    if not path.is_file():
        if any(found for pattern in PICKLES for found in folder.glob(pattern)):
            raise AdapterError(f"The adapter {folder} holds its weights as a pickle, which is never read.")
        raise AdapterError(f"The adapter {folder} holds no {WEIGHTS}.")
    largest = 4 * MAX_RANK * shape.layers * sum(map(sum, sizes(shape).values())) + MAX_HEADER
    if path.stat().st_size > largest:
        raise AdapterError(
            f"The adapter {folder} is too large: {path.stat().st_size} bytes, where rank {MAX_RANK} needs {largest}."
        )
    return path


def _read_settings(folder: Path, base_id: str) -> tuple[int, float]:
    """Rank and scale."""
    path = folder / CONFIG
    try:
        if path.stat().st_size > 2**20:
            raise AdapterError(f"The adapter {folder} has a {CONFIG} of more than a mebibyte.")
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kind, base = raw.get("peft_type"), raw.get("base_model_name_or_path")
        rank, alpha = raw.get("r"), raw.get("lora_alpha")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise AdapterError(f"The adapter {folder} has no readable {CONFIG} ({error}).") from error
    if kind != "LORA":
        raise AdapterError(f"The adapter {folder} is of the kind {kind!r}; only LORA is served.")
    for option in FOREIGN_OPTIONS:
        if raw.get(option):
            raise AdapterError(f"The adapter {folder} uses {option}, which the engine does not serve.")
    init = raw.get("init_lora_weights")
    if not (init is None or isinstance(init, bool) or str(init).lower() in HARMLESS_INITS):
        raise AdapterError(
            f"The adapter {folder} began as {init!r:.40}, which changes the base model; save it as ordinary LoRA "
            "(peft: path_initial_model_for_weight_conversion)."
        )
    if raw.get("bias", "none") != "none":
        raise AdapterError(f"The adapter {folder} trains biases, which Gemma-3 does not have.")
    # Adapters made here name the fingerprint of their base; one from elsewhere is judged by its shapes alone.
    if isinstance(base, str) and base.startswith(BASE_ID_PREFIX) and base != base_id:
        raise AdapterError(f"The adapter {folder} was made for another base model ({base}, not {base_id}).")
    if not isinstance(rank, int) or not 1 <= rank <= MAX_RANK:
        raise AdapterError(f"The adapter {folder} has rank {rank!r}; ranks 1 to {MAX_RANK} are served.")
    if not isinstance(alpha, int | float) or not abs(alpha) <= sys.float_info.max:  # an int may be larger
        raise AdapterError(f"The adapter {folder} has the lora_alpha {alpha!r:.40}, which is not a number.")
    return rank, alpha / (math.sqrt(rank) if raw.get("use_rslora") else rank)


def _check_names(
    folder: Path, stored: dict[str, Tensor], shape: Shape, rank: int
) -> dict[tuple[int, str, str], Tensor]:
    """By (layer, projection, "A" or "B") what is `stored` by name, after checking that all fit the base model."""
    widths = sizes(shape)
    found: dict[tuple[int, str, str], Tensor] = {}
    for name, tensor in stored.items():
        match = NAME.fullmatch(name)
        if match is None or match[2] not in widths:
            raise AdapterError(
                f"The adapter {folder} changes {name[:120]!r}, which the engine does not serve."
            )
        layer, module, side = int(match[1]), match[2], match[3]
        if layer >= shape.layers:
            raise AdapterError(
                f"The adapter {folder} is for another base model: it has a layer {layer}, the base {shape.layers}."
            )
        inputs, outputs = widths[module]
        there, expected = list(tensor.shape), [rank, inputs] if side == "A" else [outputs, rank]
        if there != expected:
            raise AdapterError(
                f"The adapter {folder} is for another base model: {name} has shape {there}, not {expected}."
            )
        if tensor.dtype not in (torch.float32, torch.float16, torch.bfloat16):
            raise AdapterError(
                f"The adapter {folder} stores {name} as {tensor.dtype}; float32, float16 or bfloat16 are read."
            )
        if (layer, module, side) in found:
            raise AdapterError(f"The adapter {folder} holds {module} of layer {layer} twice.")
        found[layer, module, side] = tensor
    for layer, module, side in found:
        if (layer, module, "B" if side == "A" else "A") not in found:
            raise AdapterError(f"The adapter {folder} holds only half of {module} in layer {layer}.")
    if not found:
        raise AdapterError(f"The adapter {folder} is empty.")
    return found
