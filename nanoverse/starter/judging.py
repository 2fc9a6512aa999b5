"""When a reply is right, and when it is well-formed: the rules of the evaluation, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nanoverse.learning.dialogue import Turn
from nanoverse.starter.exchange import Exchange

_WORD = re.compile(r"[\w']+")
_LONGEST_WORD = 20
_RECENT = 3  # turns whose 4-grams may not come back


def right(exchange: Exchange, reply: str) -> bool:
    """Whether `reply` holds what a right answer to the exchange needs and nothing that it never holds."""
    text = " ".join(reply.lower().split())
    met = all(any(part in text for part in alternatives) for alternatives in exchange.needs)
    return met and not any(part in text for part in exchange.never)


def fourgrams(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}


def well_formed(reply: str, ended: bool, turns: Sequence[Turn]) -> bool:
    """Whether a reply ended by itself, is made of words and loops neither in itself nor with the last turns."""
    words = _WORD.findall(reply.lower())
    if not ended or not words or "\ufffd" in reply or max(map(len, words)) > _LONGEST_WORD:
        return False
    if any(one == two == three for one, two, three in zip(words, words[1:], words[2:], strict=False)):
        return False
    runs = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    if len(set(runs)) < len(runs):
        return False
    return not any(fourgrams(turn.text) & set(runs) for turn in turns[-_RECENT:])
