"""`python -m nanoverse bench NAME`: one benchmark, each with options of its own."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

BENCHMARKS = {
    "world": "ticks, bytes and delays with real sockets",
    "client": "script and frames of a page that shows a crowd",
    "engine": "tokens a second with different adapters, against transformers and PEFT",
    "learning": "what nights make of players, and what they must not",
}


def main(argv: Sequence[str]) -> int:
    """Run the benchmark that the first word names; returns the exit status."""
    if argv and argv[0] in BENCHMARKS:
        module = importlib.import_module(f"nanoverse.bench.{argv[0]}")
        return int(module.main(list(argv[1:])))
    parser = argparse.ArgumentParser(prog="nanoverse bench", description="Measure this machine.")
    names = parser.add_subparsers(metavar="NAME", required=True)
    for name, purpose in BENCHMARKS.items():
        names.add_parser(name, help=purpose)
    parser.parse_args(list(argv))
    return 2
