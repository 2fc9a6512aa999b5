"""What the commands of this room and of the benchmarks have in common: numbers within bounds, and a model's name."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import combinations
from math import inf
from pathlib import Path

from nanoverse.starter import weights_folder
from nanoverse.starter.habits import TITLE
from nanoverse.starter.voices import HELD_OUT, go_together


def whole(least: int, most: float = inf) -> Callable[[str], int]:
    """How argparse reads a whole number within these bounds."""

    def number(text: str) -> int:
        if (found := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        if found > most:
            raise argparse.ArgumentTypeError(f"{text} is more than {most}")
        return found

    return number


def sets_of_habits() -> int:
    """How many `pupils.classmates` there can be: one or two of the unseen habits, most of them in lower case too."""
    chosen = [some for count in (1, 2) for some in combinations(HELD_OUT, count) if go_together(some)]
    return sum(1 if TITLE in some else 2 for some in chosen)


def model_name(source: str | Path) -> str:
    """Without the path, which is this machine's."""
    return "starter" if source in ("starter", weights_folder()) else Path(source).resolve().name
