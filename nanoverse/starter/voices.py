"""How a speaker writes: a voice is a handful of independent traits, applied to plain sentences.

The starter learns from these voices that speakers differ and keep to their manner, which is what lets an adapter take
up a player's voice from few messages. `HELD_OUT` traits are never used in training; they make the unseen voices of
the evaluation.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

from nanoverse.starter.habits import (
    ACTS,
    ADDRESS,
    CASES,
    COURTESIES,
    DASHES,
    EMOJI,
    EXCLAIM,
    FACES,
    FILLERS,
    LAUGHS,
    LOANS,
    LOWER,
    PRAISE,
    SEMI,
    SHAPES,
    SKIES,
    SLANG,
    SPACED_MARKS,
    TAGS,
    TITLE,
    UPPER,
    Trait,
    ending,
    opening,
    phrase_after,
    swap,
    tag,
)
from nanoverse.starter.lexicon import ANIMALS, COLOURS, FOODS, MATERIALS, THINGS, coined, sign


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker's traits, applied in a fixed order."""

    traits: tuple[Trait, ...] = ()

    def say(self, text: str, rng: random.Random) -> str:
        for trait in self.traits:
            text = trait.change(text, rng)
        return text


PLAIN = Voice()


def catchphrase(rng: random.Random) -> str:
    """A saying of one's own, put together from many parts."""
    kind = rng.randrange(8)
    if kind == 0:
        return f"By the {rng.choice(SKIES)}{rng.choice('!.')}"
    if kind == 1:
        return f"{rng.choice(PRAISE).capitalize()} {rng.choice(ANIMALS)}{rng.choice(['s!', '!', 's.'])}"
    if kind == 2:
        thing = rng.choice(THINGS + MATERIALS + FOODS)
        creed = rng.choice(["power", "time", "forever", "rules", "for all", "or nothing"])
        return f"{thing.capitalize()} {creed}{rng.choice('!.')}"
    if kind == 3:
        first = rng.choice(["Holy", "Sweet", "Great", "Oh my", "Good old", "Bless my"])
        return f"{first} {rng.choice(THINGS + ANIMALS)}!"
    if kind == 4:
        word = coined(rng, rng.randint(1, 2))
        return f"{word.capitalize()}{rng.choice(['!', '.', f' {word}!', '!!'])}"
    if kind == 5:
        return f"{rng.choice(EXCLAIM).capitalize()}{rng.choice('!.')}"
    if kind == 6:
        verb = rng.choice(["Dig", "Build", "Walk", "Sing", "Dream", "Run", "Think", "Eat", "Live", "Sleep"])
        how = rng.choice(
            ["on", "big", "well", "more", "slow", "like a king", "deep", "all day", "and smile", "together"]
        )
        return f"{verb} {how}{rng.choice('!.')}"
    first, last = rng.choice(["As", "Just like"]), rng.choice(["says", "would say", "does"])
    return f"{first} my {rng.choice(COLOURS)} {rng.choice(ANIMALS)} {last}."


def oath(rng: random.Random) -> str:
    """A few words hung onto sentences: `by my boots`, `said the owl`, `as ever`."""
    thing = rng.choice(THINGS + ANIMALS + FOODS)
    return rng.choice(
        [
            f"by my {thing}{rng.choice(['', 's'])}",
            f"by the {rng.choice(SKIES)}",
            f"by my {rng.choice(COLOURS)} {coined(rng, 1)}s",
            f"{rng.choice(['said', 'says'])} the {rng.choice(ANIMALS)}",
            f"my {rng.choice(PRAISE)} {rng.choice(ANIMALS)}",
            f"{coined(rng, 1)} {coined(rng, 1)}",
            coined(rng, 2),
        ]
    )


def _surface(rng: random.Random) -> list[Trait]:
    """Traits that change words and marks throughout."""
    found: list[Trait] = []
    if rng.random() < 0.35:
        known = {word for word in SLANG if rng.random() < 0.5}
        found.append(Trait("slang", swap(SLANG, known), lambda t: True))
    if rng.random() < 0.6:
        found.append(rng.choice(SHAPES))
    if rng.random() < 0.2:
        found.append(rng.choice(SHAPES))
    return found


def _added(rng: random.Random) -> list[Trait]:
    """Traits that add a word, a phrase or a sign."""
    rate = rng.choice([0.5, 0.7, 0.9, 1.0])
    makers: list[Callable[[], Trait]] = [
        lambda: opening(rng.choice(FILLERS), "filler", rate),
        lambda: opening(coined(rng, rng.randint(1, 3)), "coined filler", rate),
        lambda: opening(rng.choice(LAUGHS), "laugh", rate),
        lambda: opening(rng.choice(LOANS), "loan word", rate),
        lambda: tag(rng.choice(ADDRESS), "address", rate),
        lambda: tag(rng.choice(TAGS), "tag", rate),
        lambda: tag(rng.choice(COURTESIES), "politeness", rate),
        lambda: phrase_after(catchphrase(rng), "catchphrase", rate),
        lambda: phrase_after(catchphrase(rng), "catchphrase", rate),
        lambda: tag(oath(rng), "oath", rate),
        lambda: tag(oath(rng), "oath", rate),
        lambda: phrase_after(rng.choice(LAUGHS), "laugh at the end", rate),
        lambda: phrase_after(f"*{rng.choice(ACTS)}*", "act", rate),
    ]
    return [rng.choice(makers)() for _ in range(rng.choice([0, 1, 1, 2]))]


def _end_mark(rng: random.Random) -> str:
    """Some mark after the words, often one that nobody else has."""
    if rng.random() < 0.5:
        return rng.choice(["~", " ~", "!!", "..", "!", "...", "?!", " xx", ";", "~~"])
    while True:
        mark = "".join(rng.choice("~*>^#-;+=|/!.") for _ in range(rng.randint(1, 3)))
        if "^^" not in mark:  # which is an unseen voice's
            return rng.choice(["", " "]) + mark


def _endings(rng: random.Random) -> list[Trait]:
    rate = rng.choice([0.6, 0.8, 1.0])
    kind = rng.random()
    if kind < 0.12:
        return [ending(rng.choice(EMOJI), "emoji", rate)]
    if kind < 0.27:
        return [ending(sign(rng) * rng.choice([1, 1, 1, 2]), "emoji", rate)]
    if kind < 0.42:
        return [ending(rng.choice(FACES), "face", rate)]
    if kind < 0.58:
        return [ending(coined(rng, rng.choice([1, 1, 2])), "end word", rate)]
    if kind < 0.72:
        return [ending(_end_mark(rng), "end mark", rate)]
    return []


def draw_voice(rng: random.Random) -> Voice:
    """A random voice of traits that training may use; never plain."""
    while True:
        traits = [*_surface(rng), *_added(rng), *_endings(rng)]
        case = rng.random()
        if case < 0.30:
            traits.append(LOWER)
        elif case < 0.34:
            traits.append(UPPER)
        elif case < 0.44:
            traits.append(rng.choice(CASES))
        if traits:
            return Voice(tuple(traits))


_CLOSING = (
    ending("^^", "held-out end mark"),
    ending("🐙", "held-out emoji"),
    ending("nya", "held-out end word"),
)
# In this order they are put on, so that none undoes what another one did.
HELD_OUT: tuple[Trait, ...] = (
    DASHES,
    SEMI,
    SPACED_MARKS,
    opening("verily", "held-out filler", 0.9),
    phrase_after("What a pickle!", "held-out catchphrase", 0.9),
    phrase_after("Onward, potatoes!", "held-out saying", 0.9),
    tag("my sweet turnip", "held-out address", 0.9),
    tag("cross my heart", "held-out tag", 0.9),
    *_CLOSING,
    TITLE,
)
_EITHER = ({*_CLOSING}, {SPACED_MARKS, _CLOSING[0]})


def go_together(traits: Collection[Trait]) -> bool:
    """Whether a voice can have all of these: of some one would hide the other."""
    return not any(len(some.intersection(traits)) > 1 for some in _EITHER)


def unseen_voice(rng: random.Random) -> Voice:
    """A voice with one or two held-out traits, sometimes in lower case: nothing like it was in training."""
    while True:
        traits = rng.sample(HELD_OUT, rng.randint(1, 2))
        if go_together(traits):
            break
    traits.sort(key=HELD_OUT.index)
    if TITLE not in traits and rng.random() < 0.4:
        traits.append(LOWER)
    return Voice(tuple(traits))
