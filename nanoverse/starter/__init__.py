"""The bundled tiny model: its weights, its data and how it was made."""

from __future__ import annotations

from pathlib import Path


def weights_folder() -> Path:
    """The folder of the bundled model, as plain transformers loads it."""
    return Path(__file__).parent / "weights"
