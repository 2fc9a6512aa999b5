"""Players whose way of talking is to be learnt, for the evaluation: made-up ones and real ones, all of them unseen.

What they said comes as `Example`s, oldest first, made like those of a night: the turns before are what others said.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nanoverse.learning.cleaning import unfit
from nanoverse.learning.dialogue import TURNS, Scene, Turn
from nanoverse.learning.examples import Example
from nanoverse.protocol import CHANNELS, WORLD
from nanoverse.starter import lexicon
from nanoverse.starter.conversation import draw_exchanges
from nanoverse.starter.habits import Trait
from nanoverse.starter.scenes import World, draw_scene, talking_with
from nanoverse.starter.spelling import typed
from nanoverse.starter.voices import PLAIN, Voice, unseen_voice


@dataclass(frozen=True, slots=True)
class Pupil:
    """A player to learn from; `traits` are the habits that they are known to have, if they were made up."""

    said: tuple[Example, ...]
    traits: tuple[Trait, ...] = ()


def made_up(rng: random.Random, messages: int) -> Pupil:
    """A player with an unseen voice and this many messages."""
    voice = unseen_voice(rng)
    return Pupil(tuple(evenings(rng, voice, messages)), voice.traits)


def classmates(rng: random.Random, count: int, messages: int) -> list[Pupil]:
    """`count` players with unseen voices, no two with the same habits: such two could not be told apart by anybody."""
    found: dict[frozenset[str], Pupil] = {}
    while len(found) < count:
        pupil = made_up(rng, messages)
        found.setdefault(frozenset(trait.name for trait in pupil.traits), pupil)
    return list(found.values())


def evenings(rng: random.Random, voice: Voice, messages: int) -> Iterator[Example]:
    """What one player with this voice answers, in one talk after the other."""
    name = lexicon.player_name(rng)
    while messages > 0:
        world = World(name, tuple(lexicon.player_names(rng, 4)))
        partner = rng.choice(world.others)
        scene = talking_with(draw_scene(rng, world), partner)
        heard: list[Turn] = []
        for exchange in draw_exchanges(rng, world, scene, partner)[:messages]:
            heard.append(Turn(partner, typed(exchange.line, rng)))
            yield Example(scene, tuple(heard[-TURNS:]), voice.say(exchange.reply, rng))
            messages -= 1


def among_many(rng: random.Random, messages: int) -> Pupil:
    """A player with an unseen voice who is spoken to in a crowd, where others go on talking in between."""
    voice = unseen_voice(rng)
    world = World(lexicon.player_name(rng), tuple(lexicon.player_names(rng, 4)))
    said: list[Example] = []
    heard: list[Turn] = []
    while len(said) < messages:
        scene = replace(draw_scene(rng, world), talk=CHANNELS[WORLD])
        partner = rng.choice(world.others)
        for exchange in draw_exchanges(rng, world, scene, partner):
            heard += _crowd(rng, world, scene, rng.choice((0, 0, 1, 2)))
            heard.append(Turn(partner, typed(exchange.line, rng)))
            said.append(Example(scene, tuple(heard[-TURNS:]), voice.say(exchange.reply, rng)))
    return Pupil(tuple(said[:messages]), voice.traits)


def _crowd(rng: random.Random, world: World, scene: Scene, lines: int) -> list[Turn]:
    """So many lines that others say, each about something else."""
    speakers = [rng.choice(world.others) for _ in range(lines)]
    return [
        Turn(one, typed(rng.choice(draw_exchanges(rng, world, scene, one)).line, rng)) for one in speakers
    ]


def plain_talk(rng: random.Random, messages: int) -> list[Example]:
    """The same by somebody without any habit."""
    return list(evenings(rng, PLAIN, messages))


def real(author: str, conversations: Sequence[Sequence[Turn]]) -> Pupil:
    """What one author of a chat log wrote, with what others had said before in the same conversation."""
    said: list[Example] = []
    for turns in conversations:
        heard: list[Turn] = []
        for before, turn in pairwise((Turn("", ""), *turns)):
            if turn.speaker != author:
                heard.append(turn)
            elif unfit(turn.text) is None:
                continues = before.speaker == author
                said.append(Example(Scene(author), tuple(heard[-TURNS:]), turn.text, continues))
    return Pupil(tuple(said))


def newest_words(rng: random.Random, conversations: Sequence[Sequence[Turn]], count: int) -> list[Example]:
    """One line from each of at most `count` conversations, with all that was said before it."""
    chosen = rng.sample(list(conversations), min(count, len(conversations)))
    found = []
    for turns in chosen:
        at = rng.randrange(1, len(turns))
        speaker = turns[at].speaker
        found.append(Example(Scene(speaker), tuple(turns[max(0, at - TURNS) : at]), turns[at].text))
    return found
