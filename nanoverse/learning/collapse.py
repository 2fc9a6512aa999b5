"""Whether a model has collapsed: most of its trial replies are empty, alike, or go round in circles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MOST = 0.5
LOOP = 20  # characters that a phrase and its copies must fill to count
_LOOP = re.compile(r"(.{1,60}?)\1{2,}", re.S)  # a phrase, said three times or more on end


def collapsed(replies: Sequence[str], own: Sequence[str]) -> str | None:
    """What is wrong with most of `replies`, in a sentence; None if nothing is.

    Whatever most of the player's `own` words do as well is their manner, and no fault.
    """
    for share, sentence in (
        (_empty, "Most of its trial replies were empty."),
        (_alike, "Most of its trial replies were the same, whatever it was asked."),
        (_looping, "Most of its trial replies said one thing over and over."),
    ):
        if replies and share(replies) > MOST and not (own and share(own) > MOST):
            return sentence
    return None


def _empty(texts: Sequence[str]) -> float:
    return sum(not text.strip() for text in texts) / len(texts)


def _alike(texts: Sequence[str]) -> float:
    """The share of the most frequent text."""
    return Counter(" ".join(text.casefold().split()) for text in texts).most_common(1)[0][1] / len(texts)


def _looping(texts: Sequence[str]) -> float:
    return sum(map(_loops, texts)) / len(texts)


def _loops(text: str) -> bool:
    """Whether at least half of a text is one phrase again and again."""
    longest = max((len(found[0]) for found in _LOOP.finditer(text)), default=0)
    return longest >= LOOP and 2 * longest >= len(text)
