"""How well a starter takes up a player's voice: adapters trained and stored as a night does, but from all messages and
at full strength, judged on unseen words."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from nanoverse.learning import adapter, saving, sft
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import Example
from nanoverse.learning.lesson_setup import Setup
from nanoverse.starter.habits import Trait
from nanoverse.starter.pupils import Pupil
from nanoverse.starter.speaking import Speaker
from nanoverse.starter.voices import HELD_OUT

LESSON = 64  # messages that an adapter learns from
SHORT_LESSON = 32
JUDGED_BY = 32  # later messages that tell how well


@dataclass(frozen=True, slots=True)
class Learnt:
    """Pupils, their adapters, and nats[a][p]: what adapter a needs a token for the later words of pupil p."""

    pupils: Sequence[Pupil]
    adapters: Sequence[AdapterState]
    bare: Sequence[float]  # nats of the model without an adapter
    nats: Sequence[Sequence[float]]
    seconds: Sequence[float]  # that each adapter took to train

    @property
    def gain(self) -> float:
        """Mean nats per token that the own adapter saves."""
        return mean(bare - self.nats[at][at] for at, bare in enumerate(self.bare))

    @property
    def own_beats_others(self) -> float:
        """The share of the pupils whose own adapter knows their later words best."""
        everyone = range(len(self.pupils))
        return mean(min(everyone, key=lambda a: self.nats[a][pupil]) == pupil for pupil in everyone)


def train(speaker: Speaker, examples: Sequence[Example], seed: int) -> AdapterState:
    setup = Setup(speaker.base, speaker.tokens, speaker.settings, threading.Event(), seed)
    return sft.train(setup, speaker.tokens.views(examples), lambda done, total: None)


def later(pupil: Pupil) -> tuple[Example, ...]:
    return pupil.said[LESSON : LESSON + JUDGED_BY]


def learn(speaker: Speaker, pupils: Sequence[Pupil], seed: int) -> Learnt:
    """An adapter for each of the pupils from their first messages, and each adapter on everybody's later ones."""
    states, seconds = [], []
    for pupil in pupils:
        began = time.monotonic()
        states.append(train(speaker, pupil.said[:LESSON], seed))
        seconds.append(time.monotonic() - began)
    words = [later(pupil) for pupil in pupils]
    bare = [speaker.nats(speaker.base, one) for one in words]
    return Learnt(pupils, states, bare, nats_by_adapter(speaker, states, words), seconds)


def nats_by_adapter(
    speaker: Speaker, states: Sequence[AdapterState], words: Sequence[Sequence[Example]]
) -> list[list[float]]:
    """nats[a][p]: what adapter a needs a token for the words of player p."""
    models = (adapter.attach(speaker.base, state) for state in states)
    return [[speaker.nats(model, one) for one in words] for model in models]


def short_gain(speaker: Speaker, learnt: Learnt, seed: int) -> float:
    """Mean nats per token saved after a lesson of half the length: the newer half."""
    gains = []
    for pupil, bare in zip(learnt.pupils, learnt.bare, strict=True):
        state = train(speaker, pupil.said[LESSON - SHORT_LESSON : LESSON], seed)
        gains.append(bare - speaker.nats(adapter.attach(speaker.base, state), later(pupil)))
    return mean(gains)


def store(speaker: Speaker, learnt: Learnt, folder: Path) -> list[Path]:
    """The adapters as the engine reads them."""
    folders = [folder / str(number) for number in range(len(learnt.adapters))]
    for path, state in zip(folders, learnt.adapters, strict=True):
        saving.write(path, state, speaker.engine.base_id)
    return folders


async def trait_figures(
    speaker: Speaker,
    everyone: Sequence[Pupil],
    folders: Sequence[Path],
    asked: Sequence[tuple[Scene, Sequence[Turn]]],
) -> dict[str, float]:
    """How often the unseen habits show in replies to `asked`, before and after a lesson, and the mean distance to how
    often they show in what the player says."""
    plain = [reply.text for reply in await speaker.replies(asked)]
    before, after, own = [], [], []
    for pupil, folder in zip(everyone, folders, strict=True):
        voiced = [reply.text for reply in await speaker.replies(asked, [folder])]
        for trait in pupil.traits:
            if trait in HELD_OUT:
                before.append(rate(trait, plain))
                after.append(rate(trait, voiced))
                own.append(rate(trait, [example.reply for example in pupil.said]))
    return {
        "trait_error": mean(abs(a - b) for a, b in zip(after, own, strict=True)),
        "trait_rate_before": mean(before),
        "trait_rate_after": mean(after),
        "trait_rate_own": mean(own),
    }


def rate(trait: Trait, texts: Sequence[str]) -> float:
    """The share of the texts in which the trait shows."""
    return mean(trait.shows(text) for text in texts)


async def words_per_second(
    speaker: Speaker, folders: Sequence[Path], asked: Sequence[tuple[Scene, Sequence[Turn]]]
) -> float:
    """Of as many replies at once as there are adapters, a different one for each, prompts included."""
    await speaker.replies(asked[: len(folders)], folders)  # brings the adapters in
    began = time.monotonic()
    words = 0
    for at in range(0, len(asked), len(folders)):
        replies = await speaker.replies(asked[at : at + len(folders)], folders)
        words += sum(len(reply.text.split()) for reply in replies)
    return words / (time.monotonic() - began)
