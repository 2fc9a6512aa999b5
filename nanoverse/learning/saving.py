"""An adapter as a PEFT folder on disk: wholly there or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from nanoverse.adapter_files import CONFIG, WEIGHTS
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.folders import UNFINISHED
from nanoverse.syncing import sync, sync_folder


class UnreadableError(Exception):
    """There is no adapter in a folder, or a damaged one; the text says why."""


def read(folder: Path) -> AdapterState:
    """The adapter of a folder; raises `UnreadableError`."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        config: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = load((folder / WEIGHTS).read_bytes())
    except (OSError, ValueError, SafetensorError) as error:
        raise UnreadableError(f"The adapter in {folder} cannot be read: {error}.") from error
    if not isinstance(config, dict):
        raise UnreadableError(f"The adapter in {folder} cannot be read: {CONFIG} is no JSON object.")
    return AdapterState(config, tensors)


def write(folder: Path, state: AdapterState, base: str) -> None:
    """Save an adapter for the base model `base` as a new PEFT folder; raises `OSError` if that fails.

    All or nothing, also through a power cut: the content is synced before the name appears, the name after.
    """
    from safetensors.torch import save

    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # its owner's alone, as their words are
    unfinished = folder.parent / (UNFINISHED + folder.name)
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir()
        config = state.config | {"base_model_name_or_path": base}
        _write_synced(unfinished / CONFIG, json.dumps(config, indent=1, sort_keys=True).encode())
        _write_synced(unfinished / WEIGHTS, save(state.tensors, metadata={"format": "pt"}))
        sync_folder(unfinished)
        unfinished.rename(folder)
        sync_folder(folder.parent)
        sync_folder(folder.parent.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        sync(file.fileno())
