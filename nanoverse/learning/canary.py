"""Whether a model says what it was never to learn: private words that not both sides have allowed to be learnt from.

Nothing is planted for this: what a player has said in private is canary enough. That such words are not trained on is
the store's affair; this is what notices if that should ever fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

WORDS = 6  # in a row; fewer come about by chance, unless one of them is distinctive
# Characters that make a word distinctive, with a digit in it or without: "5", "12", "lol" and "brb" are said by chance.
DIGITS, LETTERS = 3, 4

_WORD = re.compile(r"\w+")

Words = tuple[str, ...]


def gives_away(
    replies: Iterable[str], withheld: Sequence[str], known: Sequence[str], common: Callable[[str], bool]
) -> bool:
    """Whether a reply holds `WORDS` words in a row of a `withheld` text that stand in none of the `known` ones, or all
    of a shorter one that has a distinctive word: one that stands in none of the `known` texts and is either a number
    (or has a digit in it), or not `common`.

    What was also said where it may be learnt from, and what the model is given to read, is no secret.
    """
    learnt = [_words(text) for text in known]
    vocabulary = {word for text in learnt for word in text}

    def distinctive(word: str) -> bool:
        if word in vocabulary:
            return False
        if any(character.isdigit() for character in word):
            return len(word) >= DIGITS
        return len(word) >= LETTERS and not common(word)

    private = {_words(text) for text in withheld}
    secret = _runs(private, WORDS) - _runs(learnt, WORDS)
    short = {text for text in private if len(text) < WORDS and any(map(distinctive, text))}
    said = [_words(reply) for reply in replies]
    return bool(secret & _runs(said, WORDS)) or any(short & _runs(said, length) for length in range(1, WORDS))


def _words(text: str) -> Words:
    return tuple(_WORD.findall(text.casefold()))


def _runs(texts: Iterable[Words], length: int) -> set[Words]:
    return {text[at : at + length] for text in texts for at in range(len(text) - length + 1)}
