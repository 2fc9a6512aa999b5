"""One line said to the agent and its answer, with what makes an answer right."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from nanoverse.learning.dialogue import Scene
from nanoverse.starter import lexicon
from nanoverse.starter.grammar import expand, sentence
from nanoverse.starter.scenes import World


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line said to the agent and its plain answer.

    An answer is right if it contains one of the alternatives of every element of `needs`, and none of `never`
    (lower case; see `judging.right`).
    """

    kind: str
    line: str
    reply: str
    needs: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()


Asker = Callable[[random.Random, World, Scene, str], Exchange]

_UNSURE = (
    "[I don't know|I'm not sure|No idea|I can't tell|I really don't know|Hard to say]",
    "[Sorry, |]I don't know[ that| that one|]",
)
UNSURE_MARKS = ("n't know", "not sure", "no idea", "can't tell", "hard to say")
NO_MARKS = ("no", "not", "n't", "nothing", "nobody")


def unsure(rng: random.Random, about: str = "") -> str:
    return sentence(expand(rng, rng.choice(_UNSURE))) + (f" {about}" if about else "") + "."


def counted(item: str) -> str:
    """How an item of the scene is said: `3 stone` stays, `torch` becomes `a torch`."""
    several = item[0].isdigit() or (item in lexicon.MATERIALS and item not in lexicon.THINGS)
    return item if several else lexicon.article(item)
