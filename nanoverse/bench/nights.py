"""Nights of a classroom, and what their adapters are worth on words that no night has seen."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

import torch

from nanoverse.bench import canaries, shared_weights
from nanoverse.bench.classroom import Classroom, said_first
from nanoverse.chat import forgetting as chat_forgetting
from nanoverse.engine import Request, Sampling
from nanoverse.learning import saving
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.examples import Example
from nanoverse.protocol import WORLD
from nanoverse.starter.voice_scores import nats_by_adapter
from nanoverse.store import messages
from nanoverse.store.nights import LIVE, SKIPPED

_SPOKEN = 32  # tokens that are compared before and after a night


async def hold(room: Classroom, players: Sequence[int]) -> dict[str, float]:
    """A night for these players, with a look at memory every second and at what the base model says around it."""
    base = room.speaker.base
    # From here on the engine has the prompt in its cache, which rounds otherwise than reading it.
    await _spoken(room)
    before = await _spoken(room), _logits(room)
    night = asyncio.create_task(room.night(players))
    most = await shared_weights.most_while(night, base, lambda: room.step.what == "words")
    results = await night
    after = await _spoken(room), _logits(room)
    figures = {"serving_unchanged": float(before[0] == after[0] and torch.equal(before[1], after[1]))}
    if most is not None:
        figures["duplicated_bytes"] = most
    trained = [result.seconds for result in results if result.result != SKIPPED]
    if trained:
        figures["players_per_hour"] = 3600 / mean(trained)
    return figures


def _logits(room: Classroom) -> torch.Tensor:
    """What the shared weights compute, through transformers."""
    base = room.speaker.base
    ids = torch.arange(1, 1 + _SPOKEN, device=base.device)[None] % base.config.vocab_size
    with torch.no_grad():
        logits: torch.Tensor = base(input_ids=ids).logits
    return logits


async def _spoken(room: Classroom) -> tuple[list[int], list[float]]:
    """What the engine says without an adapter, and how likely it finds each token."""
    ids = list(range(1, 1 + _SPOKEN))
    sampling = Sampling(temperature=0, max_tokens=_SPOKEN, logprobs=True)
    generation = room.speaker.engine.generate(Request(ids, sampling=sampling))
    async for _ in generation:
        pass
    return generation.tokens, generation.logprobs


@dataclass(frozen=True, slots=True)
class Judged:
    """Live adapters (None: the base model speaks), what the base model needs a token for each player's later
    words, and nats[a][p]: what adapter a needs for those of player p."""

    states: list[AdapterState | None]
    bare: list[float]
    nats: list[list[float]]

    @property
    def _own(self) -> list[float | None]:
        """What each player's live adapter needs for their own words."""
        return [self.nats[at][at] if state else None for at, state in enumerate(self.states)]

    @property
    def gain(self) -> float:
        """Mean nats a token that the live adapters save; 0 for a player whose adapter was refused."""
        return mean(
            bare - own if own is not None else 0.0 for bare, own in zip(self.bare, self._own, strict=True)
        )

    @property
    def worse_than_base(self) -> int:
        return sum(own is not None and own > bare for bare, own in zip(self.bare, self._own, strict=True))

    @property
    def own_beats_others(self) -> float:
        """The share of all players whose own live adapter knows their words better than each other one does."""
        live = [at for at, state in enumerate(self.states) if state]
        return mean(
            own is not None and all(self.nats[other][at] > own for other in live if other != at)
            for at, own in enumerate(self._own)
        )

    def figures(self) -> dict[str, float]:
        return {
            "gain_nats": self.gain,
            "own_beats_others": self.own_beats_others,
            "worse_than_base": self.worse_than_base,
            "live": len(self.states) - self.states.count(None),
        }


async def judge(
    room: Classroom, folders: Sequence[Path | None], later: Sequence[Sequence[Example]]
) -> Judged:
    """What the adapters in these folders, one for each player, make of everybody's later words."""
    states = [saving.read(folder) if folder else None for folder in folders]
    bare = [room.speaker.nats(room.speaker.base, one) for one in later]
    known = iter(nats_by_adapter(room.speaker, [one for one in states if one], later))
    return Judged(states, bare, [next(known) if state else list(bare) for state in states])


async def forgetting(room: Classroom, players: Sequence[int], folders: Sequence[Path | None]) -> bool | None:
    """Whether an adapter retrained after a player had a message forgotten equals, bit for bit, one that never saw it.

    None if the gate let none of these players' adapters pass with the message and without it. `folders`, of their live
    adapters, are not all there any more after it: what a forgotten message went into is removed.
    """
    for player, folder in zip(players, folders, strict=True):
        if folder is None:
            continue
        never = saving.read(folder)
        number = await room.db.write(partial(_tell, player=player))
        (saw,) = await room.night([player])
        made = await room.live(player)
        with_it = saving.read(made) if made and saw.result == LIVE else None
        await room.db.write(partial(chat_forgetting.message, player=player, number=number))
        await room.night([player])
        without = await room.live(player)
        if with_it and without:
            return same(never, saving.read(without)) and not same(never, with_it)
    return None


def _tell(connection: sqlite3.Connection, player: int) -> int:
    """The player says something before all that anybody has said so far, so that it is trained on."""
    text = canaries.told(canaries.draw_secret(random.Random(player)))
    (number,) = said_first(connection, [messages.insert(connection, WORLD, player, text, 0).id])
    return number


def same(one: AdapterState, other: AdapterState) -> bool:
    return one.tensors.keys() == other.tensors.keys() and all(
        torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items()
    )
