"""When a reply is right, and when it is well-formed: the rules of the evaluation, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nanoverse.learning.dialogue import Turn
from nanoverse.starter.exchange import Exchange

_WORD = re.compile(r"[\w']+")
_LONGEST_WORD = 20
_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")
_RECENT = 3  # turns whose 4-grams may not come back


def right(exchange: Exchange, reply: str) -> bool:
    """Whether `reply` holds what a right answer to the exchange needs and nothing that it never holds.

    Where numbers are needed, no other number may be there.
    """
    text = " ".join(reply.lower().split())
    met = all(any(_says(text, part) for part in alternatives) for alternatives in exchange.needs)
    known = {
        number for alternatives in exchange.needs for part in alternatives for number in _NUMBER.findall(part)
    }
    invented = known and set(_NUMBER.findall(text)) - known
    return met and not invented and not any(_says(text, part) for part in exchange.never)


def _says(text: str, part: str) -> bool:
    """Whether `part` stands in `text` in whole words: 13 stone is not 3 stone, and in Hana there is no Ana.

    "n't" ends a word, and what is counted may come in the plural.
    """
    before = "" if part.startswith("n't") else r"(?<!\w)"
    after = ("(?:e?s)?" if part[0].isdigit() else "") + (r"(?!\w)" if part[-1].isalnum() else "")
    return re.search(before + re.escape(part) + after, text) is not None


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
