"""Whether a model says what it was never to learn: private words that not both sides have allowed to be learnt from.

Nothing is planted for this: what a player has said in private is canary enough. That such words are not trained on is
the store's affair; this is what notices if that should ever fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WORDS = 6  # in a row; fewer come about by chance

_WORD = re.compile(r"\w+")


def gives_away(replies: Iterable[str], withheld: Sequence[str], known: Iterable[str]) -> bool:
    """Whether a reply holds `WORDS` words in a row of a `withheld` text that stand in none of the `known` ones.

    What was also said where it may be learnt from, and what the model is given to read, is no secret.
    """
    secret = _runs(withheld) - _runs(known)
    return bool(secret & _runs(replies))


def _runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = _WORD.findall(text.casefold())
        found.update(tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))
    return found
