"""The simulation of the world: pure Python and NumPy, no I/O and no clock of its own."""

from __future__ import annotations

from nanoverse.world import blocks, constants, paint, recipes


def describe() -> dict[str, object]:
    """What a client must know to show the world and to foretell its own steps: the constants and the tables of
    blocks, recipes and colours."""
    return constants.describe() | {
        "blocks": blocks.describe(),
        "recipes": recipes.describe(),
        "colours": paint.describe(),
    }
