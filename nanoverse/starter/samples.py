"""Unedited talks with a starter, as Markdown for its model card: python -m nanoverse starter samples."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nanoverse.engine import ModelError
from nanoverse.learning.dialogue import Scene, Turn, system_text
from nanoverse.starter import weights_folder
from nanoverse.starter.conversation import draw_exchanges
from nanoverse.starter.options import whole
from nanoverse.starter.scenes import draw_talk, draw_world
from nanoverse.starter.speaking import Speaker, speaking
from nanoverse.starter.spelling import typed

_LINES = 5  # said to the agent in one talk


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="nanoverse starter samples", description="Print talks with a starter."
    )
    found.add_argument(
        "--model", type=Path, default=weights_folder(), help="model folder (default: the bundled one)"
    )
    found.add_argument("--count", type=whole(1), default=30, help="how many talks (default 30)")
    found.add_argument("--seed", type=int, default=0, help="decides scenes, lines and replies (default 0)")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    try:
        asyncio.run(_print(given.model, given.count, given.seed))
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _print(folder: Path, count: int, seed: int) -> None:
    rng = random.Random(f"{seed}-samples")
    async with speaking(folder, threads=1, seed=seed) as speaker:
        for number in range(1, count + 1):
            world = draw_world(rng)
            scene, partner = draw_talk(rng, world)
            lines = [typed(each.line, rng) for each in draw_exchanges(rng, world, scene, partner)[:_LINES]]
            print("\n".join(_as_markdown(number, scene, await _talk(speaker, scene, partner, lines))))


async def _talk(speaker: Speaker, scene: Scene, partner: str, lines: Sequence[str]) -> list[Turn]:
    turns: list[Turn] = []
    for line in lines:
        turns.append(Turn(partner, line))
        (reply,) = await speaker.replies([(scene, turns)])
        turns.append(Turn(scene.name, reply.text))
    return turns


def _as_markdown(number: int, scene: Scene, turns: Sequence[Turn]) -> Iterator[str]:
    facts = "; ".join(system_text(scene).splitlines()[1:])
    yield f"{number}. `{facts}`\n"
    for turn in turns:
        yield f"   > **{turn.speaker}:** {turn.text}  "
    yield ""
