"""`python -m nanoverse starter train|eval|samples|limits`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

_COMMANDS = {"train": "train", "eval": "evaluate", "samples": "samples", "limits": "limits"}


def main(argv: Sequence[str]) -> int:
    """Runs one sub-command and gives its exit status; a module is imported only when it is asked for."""
    parser = argparse.ArgumentParser(prog="nanoverse starter", description="The bundled starter model.")
    parser.add_argument(
        "command",
        choices=tuple(_COMMANDS),
        help="train a starter from scratch, score one, talk with it, or measure what bounds it",
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="options of the command; try --help after it")
    given = parser.parse_args(argv)
    module = import_module(f"nanoverse.starter.{_COMMANDS[given.command]}")
    status: int = module.main(given.rest)
    return status
