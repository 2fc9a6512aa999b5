"""`python -m nanoverse starter train|eval`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Runs one sub-command and gives its exit status; each module loads torch only when it is asked for."""
    parser = argparse.ArgumentParser(prog="nanoverse starter", description="The bundled starter model.")
    parser.add_argument(
        "command", choices=("train", "eval"), help="train a starter from scratch, or score one"
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="options of the command; try --help after it")
    given = parser.parse_args(argv)
    if given.command == "train":
        from nanoverse.starter import train

        return train.main(given.rest)
    from nanoverse.starter import evaluate

    return evaluate.main(given.rest)
