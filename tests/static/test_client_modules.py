"""The browser client's modules that need no browser, run by node against the server's own tables and frames."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from nanoverse import protocol, world
from nanoverse.bench.stride import Stride
from nanoverse.protocol import Field, Message
from nanoverse.web.interest import run_lengths

HERE = Path(__file__).parent
NUMBERS = ("NEARBY", "WORLD", "PRIVATE", "ASLEEP", "PLAYER", "AGENT")  # that the client has by the same names


def example(field: Field, variant: int) -> Any:
    """A value that the field allows: its lowest, its highest, or one in between."""
    match field.kind:
        case "int":
            return (field.low, field.high, (field.low + field.high) // 2)[variant]
        case "text":
            return "ש" * (max(field.low, 1), min(field.high, 300), 5)[variant]
        case "bool":
            return variant == 1
        case "bytes":
            return bytes(range(256))[: (0, 200, 3)[variant]]
    return [[example(part, i % 3) for part in field.of] for i in range((0, 20, 2)[variant])]


def named(fields: tuple[Field, ...], values: list[Any]) -> dict[str, Any]:
    """The values by name, as JSON can hold them."""

    def plain(field: Field, value: Any) -> Any:
        if field.kind == "list":
            return [named(field.of, row) for row in value]
        return value.hex() if field.kind == "bytes" else value

    return {field.name: plain(field, value) for field, value in zip(fields, values, strict=True)}


def examples(message: Message) -> list[dict[str, Any]]:
    rows = [[example(field, variant) for field in message.fields] for variant in range(3)]
    return [
        {
            "name": message.name,
            "frame": msgpack.packb([message.kind, *row]).hex(),
            "fields": named(message.fields, row),
        }
        for row in rows
    ]


def chunks() -> list[dict[str, str]]:
    draws = np.random.default_rng(5)
    layers = [np.full((32, 32), 3, np.uint8), draws.integers(0, 3, (32, 32)).astype(np.uint8)]
    return [{"pairs": run_lengths(layer).hex(), "cells": layer.tobytes().hex()} for layer in layers]


def strides() -> list[list[tuple[str, float, int, float]]]:
    """Walks with whatever answers a server may give, and after each event when the next step is due."""
    dice = random.Random(7)
    walks = []
    for _ in range(20):
        stride, ref, now = Stride(), 0, dice.uniform(0, 1000)
        walk: list[tuple[str, float, int, float]] = []
        for _ in range(3):
            stride.begin(now)
            walk.append(("begin", now, 0, stride.next_at))
            for _ in range(dice.randrange(60)):
                stride.made(ref := ref + 1)
                walk.append(("made", ref, 0, stride.next_at))
                stride.heard(
                    answered := max(0, ref - dice.randrange(4)), waited := int(dice.expovariate(0.05))
                )
                walk.append(("heard", answered, waited, stride.next_at))
            now = stride.next_at + dice.uniform(-50, 2000)
        walks.append(walk)
    return walks


def test_the_modules_of_the_client_keep_what_they_promise(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip(
            "the client's modules are tested with node, which is not installed (apt-get install nodejs)"
        )
    wire = {
        "table": protocol.describe(),
        "world": world.describe(),
        "numbers": {name: getattr(protocol, name) for name in NUMBERS},
        "server": [case for message in protocol.SERVER for case in examples(message)],
        "client": [case for message in protocol.CLIENT for case in examples(message)],
        "chunks": chunks(),
        "strides": strides(),
    }
    path = tmp_path / "wire.json"
    path.write_text(json.dumps(wire), encoding="utf-8")
    run = subprocess.run(
        [node, "--test", *map(str, sorted(HERE.glob("*.test.mjs")))],
        env={**os.environ, "NANOVERSE_WIRE": str(path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
