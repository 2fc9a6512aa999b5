"""Which likes and dislikes count, and how much: the policy, over plain data.

One vote per person and message is what the store keeps. Here one message becomes one judgement: the owner's vote
settles it, however many others voted; else the majority of the others does. Among those no single person counts for
more than a share, so that neither two or three people nor any crowd against the owner can turn an agent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nanoverse.learning import caps
from nanoverse.learning.dialogue import Scene, Turn

FEWEST = 16  # liked replies to train on, and as many disliked ones, that it takes to learn from any
OWNER_WEIGHT = 2  # times that a message judged by the owner is shown; one judged by others is shown once
VOTER_LEAST = 8  # votes of one person that count however few others there are; likewise picks


@dataclass(frozen=True, slots=True)
class Vote:
    """What `voter` thinks of `reply`, which an agent gave to a prompt; `owner`: the agent is the voter's own."""

    message: int
    voter: int
    owner: bool
    like: bool
    scene: Scene
    turns: tuple[Turn, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An agent's reply that is wanted, or is not; `weight`: how often it is shown."""

    scene: Scene
    turns: tuple[Turn, ...]
    reply: str
    liked: bool
    weight: int


def judged(votes: Sequence[Vote]) -> list[Judged]:
    """The judgements of these votes (oldest first)."""
    others = [vote for vote in votes if not vote.owner]
    balance: defaultdict[int, int] = defaultdict(int)
    for vote, counts in zip(others, heard([vote.voter for vote in others]), strict=True):
        balance[vote.message] += (1 if vote.like else -1) if counts else 0
    owners = {vote.message: vote.like for vote in votes if vote.owner}
    found = []
    for message, vote in {vote.message: vote for vote in votes}.items():
        if message in owners:
            found.append(Judged(vote.scene, vote.turns, vote.reply, owners[message], OWNER_WEIGHT))
        elif balance[message]:
            found.append(Judged(vote.scene, vote.turns, vote.reply, balance[message] > 0, 1))
    return found


def heard(people: Sequence[int]) -> list[bool]:
    """For each vote or pick (oldest first), by who gave it, whether it counts: of one person their newest do."""
    most = caps.most_of_one(Counter(people).values(), VOTER_LEAST)
    return caps.newest(reversed(people), most)[::-1]


def enough(judged: Sequence[Judged]) -> bool:
    """Whether these replies may be trained on."""
    likes = sum(one.liked for one in judged)
    return min(likes, len(judged) - likes) >= FEWEST
