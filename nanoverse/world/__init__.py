"""The simulation of the world: pure Python and NumPy, no I/O and no clock of its own."""

from __future__ import annotations

from nanoverse.world import blocks, constants, recipes


def describe() -> dict[str, object]:
    """What a client must know to show the world and to foretell its own steps: the constants and the tables of
    blocks and recipes."""
    return constants.describe() | {"blocks": blocks.describe(), "recipes": recipes.describe()}
