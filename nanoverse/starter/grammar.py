"""A tiny phrase grammar: `[a|b|c]` picks one, `{name}` fills in, both may nest.

The in-world dialogue is written in it, so that a page of phrases gives thousands of different lines.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def expand(rng: random.Random, phrase: str, slots: Mapping[str, str] | None = None) -> str:
    """One random reading of `phrase`, innermost choices first; raises KeyError for a slot that is not given."""
    while "[" in phrase:
        phrase = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), phrase)
    if slots is not None:
        phrase = _SLOT.sub(lambda found: slots[found[1]], phrase)
    return " ".join(phrase.split())


def sentence(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]
