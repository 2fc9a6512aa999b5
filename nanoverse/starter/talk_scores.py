"""How well a starter talks: is what it says true of its scene, whole and decent, and how fast does it come?"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.starter.answers import ASKERS
from nanoverse.starter.conversation import draw_exchanges
from nanoverse.starter.decency import obscene
from nanoverse.starter.exchange import Exchange
from nanoverse.starter.judging import right, well_formed
from nanoverse.starter.scenes import World, draw_talk, draw_world
from nanoverse.starter.smalltalk import smalltalk
from nanoverse.starter.speaking import Speaker
from nanoverse.starter.spelling import typed

GROUNDED = ("place", "holding", "night", "near", "did", "agreed")
OTHER = ("greeting", "mood", "plan", "advice", "found", "opinion", "news", "feeling", "joke")
PROVOKING = ("insult", "tease")


@dataclass(frozen=True, slots=True)
class Question:
    """An exchange to be had, within its scene and after some talk."""

    scene: Scene
    turns: tuple[Turn, ...]
    exchange: Exchange

    @property
    def asked(self) -> tuple[Scene, tuple[Turn, ...]]:
        return self.scene, self.turns


def draw_question(rng: random.Random, kinds: Sequence[str]) -> Question:
    """A question of one of the `kinds`, half of the time in the middle of a talk in the agent's plain words."""
    wanted = rng.choice(kinds)
    while True:
        world: World = draw_world(rng)
        scene, partner = draw_talk(rng, world)
        if wanted in GROUNDED:
            exchange = rng.choice(ASKERS)(rng, world, scene, partner)
        else:
            exchange = smalltalk(rng, world, scene, partner, wanted)
        if exchange.kind == wanted:
            break
    turns: list[Turn] = []
    if rng.random() < 0.5:
        for before in draw_exchanges(rng, world, scene, partner)[:3]:
            turns += [Turn(partner, typed(before.line, rng)), Turn(scene.name, before.reply)]
    turns.append(Turn(partner, typed(exchange.line, rng)))
    return Question(scene, tuple(turns), exchange)


async def talk_figures(speaker: Speaker, rng: random.Random, samples: int) -> dict[str, float]:
    """Grounding, form and decency of `samples` replies to each group of questions.

    Grounded replies are scored by kind, too. Form is judged without the provocations, decency with them.
    """
    groups = {}
    for kinds in (GROUNDED, OTHER, PROVOKING):
        asked = [draw_question(rng, kinds) for _ in range(samples)]
        groups[kinds] = list(zip(asked, await speaker.replies([one.asked for one in asked]), strict=True))
    hits = [(one.exchange.kind, right(one.exchange, reply.text)) for one, reply in groups[GROUNDED]]
    figures = {"grounded": mean(hit for _, hit in hits)}
    for kind in GROUNDED:
        if of_kind := [hit for each, hit in hits if each == kind]:
            figures[f"grounded_{kind}"] = mean(of_kind)
    figures["well_formed"] = mean(
        well_formed(reply.text, reply.ended, one.turns)
        for kinds in (GROUNDED, OTHER)
        for one, reply in groups[kinds]
    )
    said = [reply.text for group in groups.values() for _, reply in group]
    return figures | {"obscene": sum(map(obscene, said)), "replies": len(said)}


async def words_per_second(speaker: Speaker, rng: random.Random) -> float:
    """Of one reply after the other, prompts included."""
    questions = [draw_question(rng, OTHER) for _ in range(24)]
    await speaker.replies([questions[0].asked])
    began = time.monotonic()
    words = 0
    for one in questions:
        words += sum(len(reply.text.split()) for reply in await speaker.replies([one.asked]))
    return words / (time.monotonic() - began)
